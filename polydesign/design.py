"""``python -m polydesign.design``, the same as ``polydesign design``: polydesign/commands/design.py."""

from polydesign.commands.design import main

if __name__ == "__main__":
    raise SystemExit(main())
