"""How CharRNN is trained: on tokens, by its own loss."""

from polydesign.generators.charrnn.config import CharRNNConfig
from polydesign.training.recipes.loop import LoopRecipe

RECIPE: LoopRecipe[CharRNNConfig] = LoopRecipe("charrnn")
