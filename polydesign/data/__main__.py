"""``python -m polydesign.data``, the same as ``polydesign data``: polydesign/commands/data.py."""

from polydesign.commands.data import main

if __name__ == "__main__":
    raise SystemExit(main())
