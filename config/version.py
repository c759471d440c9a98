"""The version of the product: `pyproject.toml` defines it, `/metrics` names it."""

import tomllib
from pathlib import Path

#: Semantic version, such as "1.0.0".
VERSION: str = tomllib.loads((Path(__file__).resolve().parents[1] / "pyproject.toml").read_text())["project"]["version"]
