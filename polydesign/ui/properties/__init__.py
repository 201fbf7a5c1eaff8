"""The Properties page."""
