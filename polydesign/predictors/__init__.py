"""Property models: families that predict what a polymer is like, each with its uncertainty."""
