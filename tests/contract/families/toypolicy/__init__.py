"""Token pairs that are counted, then reinforced: policy gradient on the n-gram family's idea."""
