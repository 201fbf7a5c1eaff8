"""Generator families, one folder each: spec.py (torch-free), config.py, network.py, generator.py.

base.py is what all have in common that write strings, fitted.py what their settings have.
"""
