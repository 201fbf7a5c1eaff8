"""Gradient-boosted trees on chain-aware fingerprints: the checker."""
