"""PolyTAO: an encoder reads the wished-for properties as tokens, a decoder writes the repeat unit."""
