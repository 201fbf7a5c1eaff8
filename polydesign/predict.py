"""``python -m polydesign.predict``, the same as ``polydesign predict``: polydesign/commands/predict.py."""

from polydesign.commands.predict import main

if __name__ == "__main__":
    raise SystemExit(main())
