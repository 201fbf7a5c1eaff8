"""One training loop for all families: their recipes, what a step aims at, and the state of a run on disk."""
