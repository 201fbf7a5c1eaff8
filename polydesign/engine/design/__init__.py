"""From targets to ranked candidates, and what is kept of a run."""
