"""The OpenAPI document that is kept, and how it is read."""

from pathlib import Path
from typing import Any

import yaml

KEPT = Path(__file__).parents[2] / "docs" / "openapi.yaml"
#: The same as the plain one, ten times as fast: the document is long, and each process reads it.
_LOADER = getattr(yaml, "CSafeLoader", yaml.SafeLoader)


def read(text: str | bytes) -> dict[str, Any]:
    """Return what a document in YAML says."""
    return yaml.load(text, Loader=_LOADER)


def kept() -> dict[str, Any]:
    """Return the document that is kept, to each asker a copy of its own."""
    return read(KEPT.read_text())
