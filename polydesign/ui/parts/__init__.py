"""Furniture that several pages share."""
