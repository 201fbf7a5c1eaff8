"""How PolyTAO is trained: on strings with properties, then by the guide's opinion of what it writes."""

from polydesign.training.recipes.aligned import AlignedRecipe

RECIPE = AlignedRecipe("polytao", data_phase="train")
