"""``python -m polydesign.label``, the same as ``polydesign label``: polydesign/commands/label.py."""

from polydesign.commands.label import main

if __name__ == "__main__":
    raise SystemExit(main())
