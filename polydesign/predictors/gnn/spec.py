"""What the graph network says of itself."""

from polydesign.core.specs import PredictorSpec

SPEC = PredictorSpec(
    family="gnn",
    label="Graph network",
    summary=(
        "Passes messages between bonded atoms and adds up what each atom says; a polymer is read as its repeat unit "
        "closed to a ring, so that the cut does not show."
    ),
    citation=(
        "Gilmer, Schoenholz, Riley, Vinyals and Dahl, Neural message passing for quantum chemistry, ICML 2017; "
        "QM9: Ramakrishnan, Dral, Rupp and von Lilienfeld, Sci. Data 1:140022 (2014)."
    ),
    url="https://arxiv.org/abs/1704.01212",
    year=2017,
    config="GnnConfig",
    network="GraphNetwork",
    predictor="GnnPredictor",
)
