"""Widgets built from specs, page state and layout: the only package that imports Streamlit."""
