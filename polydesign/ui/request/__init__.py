"""The form of a design request: generator, targets, rules, settings, and its link."""
