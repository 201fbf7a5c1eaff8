"""``python -m polydesign.sample``, the same as ``polydesign sample``: polydesign/commands/sample.py."""

from polydesign.commands.sample import main

if __name__ == "__main__":
    raise SystemExit(main())
