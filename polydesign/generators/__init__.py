"""Generator families, one folder each: spec.py (torch-free), config.py, network.py, generator.py."""
