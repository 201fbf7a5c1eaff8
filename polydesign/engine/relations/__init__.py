"""How properties go together, in data and in results."""
