"""Recipes that several families share."""
