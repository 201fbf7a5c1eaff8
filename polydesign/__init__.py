"""polydesign: from target properties to new, makeable polymer repeat units."""

__version__ = "0.1.0"
