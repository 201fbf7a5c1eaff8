"""What the boosted trees say of themselves."""

from polydesign.core.specs import PredictorSpec

SPEC = PredictorSpec(
    family="trees",
    label="Gradient-boosted trees",
    summary=(
        "One forest of gradient-boosted trees a property, on quick descriptors and shares of atom environments "
        "of the infinite chain."
    ),
    citation=(
        "Ke, Meng, Finley, Wang, Chen, Ma, Ye and Liu, LightGBM: a highly efficient gradient boosting decision "
        "tree, NeurIPS 2017."
    ),
    url="https://papers.nips.cc/paper/6907-lightgbm-a-highly-efficient-gradient-boosting-decision-tree",
    year=2017,
    config="TreesConfig",
    network="Forests",
    predictor="TreesPredictor",
)
