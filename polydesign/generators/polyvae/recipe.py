"""How PolyVAE is trained: on tokens, by its own loss."""

from polydesign.generators.polyvae.config import PolyVAEConfig
from polydesign.training.recipes.loop import LoopRecipe

RECIPE: LoopRecipe[PolyVAEConfig] = LoopRecipe("polyvae")
