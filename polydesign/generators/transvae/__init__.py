"""TransVAE: recurrent, attentive and transformer autoencoders in one frame, to compare their latent memories."""
