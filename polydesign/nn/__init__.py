"""Torch blocks with no chemistry in them."""
