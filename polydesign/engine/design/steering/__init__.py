"""How targets reach a generator."""
