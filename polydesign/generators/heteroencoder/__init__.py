"""Heteroencoder: reads one spelling of a chain, writes another, so that a code belongs to the chain."""
