"""One training loop for all families, its phases, its state on disk, and the recipes' command."""
