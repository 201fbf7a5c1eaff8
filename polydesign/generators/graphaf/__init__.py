"""GraphAF: a flow that builds a polymer atom by atom and bond by bond."""
