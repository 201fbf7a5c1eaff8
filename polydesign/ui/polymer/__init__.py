"""The Polymer page."""
