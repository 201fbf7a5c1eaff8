"""How PolyGPT is trained: on strings, on strings with properties, then by the guide's opinion of what it writes."""

from polydesign.training.recipes.aligned import AlignedRecipe

RECIPE = AlignedRecipe("polygpt", data_phase="finetune")
