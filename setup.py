"""What pyproject.toml cannot say: an installed package carries the checkpoints, which lie beside it in a checkout."""

from setuptools import find_packages, setup

setup(
    packages=[*find_packages(include=["polydesign", "polydesign.*"]), "polydesign.checkpoints"],
    package_dir={"polydesign.checkpoints": "checkpoints"},
)
