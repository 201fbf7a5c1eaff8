"""Repeat units as trees of rings and bonds: which clusters they are made of, and how they are put together again."""
