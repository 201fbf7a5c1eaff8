"""How the latent flow is trained: among the codes of an autoencoder that is handed in."""

from polydesign.training.recipes.latent_prior import LatentPriorRecipe

RECIPE = LatentPriorRecipe("latentflow")
