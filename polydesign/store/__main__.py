"""``python -m polydesign.store``, the same as ``polydesign store``: polydesign/commands/store.py."""

from polydesign.commands.store import main

if __name__ == "__main__":
    raise SystemExit(main())
