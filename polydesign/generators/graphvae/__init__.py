"""Two-step graph VAE: a code says which atoms there are, then every bond between them at once."""
