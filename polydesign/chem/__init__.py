"""Polymer chemistry on RDKit: notation, identity of the infinite chain, descriptors, fingerprints, oligomers."""
