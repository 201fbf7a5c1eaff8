"""Measure generators: figures with their uncertainty, tasks, and the tables of the documents."""
