"""Latent flow: a normalizing flow among the codes of an autoencoder, which then writes the repeat unit."""
