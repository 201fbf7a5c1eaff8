"""Data sets: what exists, how to get it, how to read it, and how it is split."""
