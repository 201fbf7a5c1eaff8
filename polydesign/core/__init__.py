"""Names that every layer shares. Standard library and NumPy only."""
