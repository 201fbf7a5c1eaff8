"""A flow among the codes of any autoencoder: a latent prior."""
