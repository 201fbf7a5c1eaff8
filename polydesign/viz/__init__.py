"""Pictures as values: SVG text and Plotly figures. Nothing here draws to a page."""
