"""New repeat units from fragments of known ones."""
