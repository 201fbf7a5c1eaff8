"""``python -m polydesign.latent``, the same as ``polydesign latent``: polydesign/commands/latent.py."""

from polydesign.commands.latent import main

if __name__ == "__main__":
    raise SystemExit(main())
