"""What models learn from: corpora, labels, the split by chain, and their preparation."""
