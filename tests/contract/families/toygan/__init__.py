"""Strings written at once from noise, against a critic: an adversarial family."""
