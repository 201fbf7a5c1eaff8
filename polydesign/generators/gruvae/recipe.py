"""How the GRU-VAE is trained: on tokens, by its own loss."""

from polydesign.generators.gruvae.config import GruVAEConfig
from polydesign.training.recipes.loop import LoopRecipe

RECIPE: LoopRecipe[GruVAEConfig] = LoopRecipe("gruvae")
