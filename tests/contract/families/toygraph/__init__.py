"""Graphs drawn one decision at a time from tables: a family with an encoding of its own."""
