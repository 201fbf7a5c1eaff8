"""How the toy graphs are trained: on an encoding of their own, by their own loss."""

from polydesign.training.recipes.loop import LoopRecipe
from toygraph.encoding import GraphEncoding


class GraphRecipe(LoopRecipe):
    """Batches are cut by atoms."""

    encoding = GraphEncoding()
    size = "batch_atoms"


RECIPE = GraphRecipe("toygraph")
