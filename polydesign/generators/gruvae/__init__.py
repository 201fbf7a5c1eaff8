"""GRU-VAE: the SMILES autoencoder of the project's origin; a code for each polymer, and polymers between two codes."""
