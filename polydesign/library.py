"""``python -m polydesign.library``, the same as ``polydesign library``: polydesign/commands/library.py."""

from polydesign.commands.library import main

if __name__ == "__main__":
    raise SystemExit(main())
