"""PolyGPT: a decoder-only transformer that reads properties ahead of the string."""
