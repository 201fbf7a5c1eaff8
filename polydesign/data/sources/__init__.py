"""Where data come from: the catalog, downloads, and files on this machine as tables."""
