"""``python -m polydesign.train``, the same as ``polydesign train``: polydesign/commands/train.py."""

from polydesign.commands.train import main

if __name__ == "__main__":
    raise SystemExit(main())
