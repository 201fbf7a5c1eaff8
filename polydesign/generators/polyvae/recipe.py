"""How PolyVAE is trained: on tokens, by its own loss."""

from polydesign.training.recipes.loop import LoopRecipe

RECIPE = LoopRecipe("polyvae")
