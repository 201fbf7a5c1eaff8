"""``python -m polydesign.evaluate``, the same as ``polydesign evaluate``: polydesign/commands/evaluate.py."""

from polydesign.commands.evaluate import main

if __name__ == "__main__":
    raise SystemExit(main())
