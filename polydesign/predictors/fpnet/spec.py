"""What the fingerprint network says of itself."""

from polydesign.core.specs import PredictorSpec

SPEC = PredictorSpec(
    family="fpnet",
    label="Fingerprint networks and kernel ridge regression",
    summary=(
        "Deep ensemble of multi-task networks, blended for each property with a ridge regression on random waves; "
        "both read shares of atom environments and quick descriptors of the infinite chain."
    ),
    citation=(
        "Lakshminarayanan, Pritzel and Blundell, Simple and scalable predictive uncertainty estimation using "
        "deep ensembles, NeurIPS 2017; Rahimi and Recht, Random features for large-scale kernel machines, NeurIPS "
        "2007; environments after Rogers and Hahn, J. Chem. Inf. Model. 50:742 (2010)."
    ),
    url="https://arxiv.org/abs/1612.01474",
    year=2017,
    config="FpnetConfig",
    network="EnsembleNetwork",
    predictor="FpnetPredictor",
)
