"""LatentGAN: codes of an autoencoder made from noise against a critic, then decoded."""
