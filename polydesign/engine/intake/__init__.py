"""Read polymers that a person typed or uploaded."""
