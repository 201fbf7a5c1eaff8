"""Combinatorial: fragments of known chains joined as often as they were seen. A baseline that learns nothing more."""
