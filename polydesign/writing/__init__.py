"""All that knows how a SMILES is written token by token: grammar, valence, tallies, masks, sampling."""
