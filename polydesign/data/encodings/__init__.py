"""How networks see a structure: tokens and graphs, as plain arrays and endless batches."""
