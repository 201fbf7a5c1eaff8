"""Which corpora hold molecules in place of repeat units; told without reading any table."""

MOLECULES = frozenset({"qm9", "zinc", "zinc250k", "moses_train"})
