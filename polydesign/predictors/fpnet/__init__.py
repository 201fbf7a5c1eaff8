"""Deep ensemble of multi-task networks on chain-aware fingerprints: the guide."""
