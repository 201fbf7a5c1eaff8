"""How a chain could be made: reverse rules of known polymerisations, and the monomers they ask for."""
