"""``python -m polydesign.properties``, the same as ``polydesign properties``: polydesign/commands/properties.py."""

from polydesign.commands.properties import main

if __name__ == "__main__":
    raise SystemExit(main())
