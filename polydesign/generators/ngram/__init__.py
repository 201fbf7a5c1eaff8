"""N-gram: counts of short token runs, interpolated. The smallest family, and the floor for the others."""
