"""``python -m polydesign.compare``, the same as ``polydesign compare``: polydesign/commands/compare.py."""

from polydesign.commands.compare import main

if __name__ == "__main__":
    raise SystemExit(main())
