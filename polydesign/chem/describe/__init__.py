"""Numbers that describe a chain: descriptors, fingerprints, graphs."""
