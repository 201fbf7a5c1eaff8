"""``python -m polydesign.publish``, the same as ``polydesign publish``: polydesign/commands/publish.py."""

from polydesign.commands.publish import main

if __name__ == "__main__":
    raise SystemExit(main())
