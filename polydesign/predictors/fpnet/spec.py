"""What the fingerprint network says of itself."""

from polydesign.core.specs import PredictorSpec

SPEC = PredictorSpec(
    family="fpnet",
    label="Fingerprint network",
    summary=(
        "Deep ensemble of multi-task networks that read counts of atom environments and quick descriptors "
        "of the infinite chain."
    ),
    citation=(
        "Lakshminarayanan, Pritzel and Blundell, Simple and scalable predictive uncertainty estimation using "
        "deep ensembles, NeurIPS 2017; environments after Rogers and Hahn, J. Chem. Inf. Model. 50:742 (2010)."
    ),
    url="https://arxiv.org/abs/1612.01474",
    config="FpnetConfig",
    network="EnsembleNetwork",
    predictor="FpnetPredictor",
)
