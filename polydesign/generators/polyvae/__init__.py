"""PolyVAE: a conditional transformer autoencoder; a code for each polymer, and polymers from codes and wishes."""
