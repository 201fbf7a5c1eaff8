"""PolyLDM: denoising diffusion among the codes of an autoencoder, which then writes the repeat unit."""
