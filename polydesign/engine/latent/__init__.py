"""Maps of latent spaces, and ways through them."""
