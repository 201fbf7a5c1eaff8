"""Torch blocks with no chemistry in them, and what a network is asked for (requests, trainable, latent)."""
