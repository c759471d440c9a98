"""Read the committed OpenAPI document."""

from pathlib import Path
from typing import Any

import yaml

KEPT = Path(__file__).parents[2] / "docs" / "openapi.yaml"
#: The same as the plain one, ten times as fast: the document is long, and each process reads it.
_LOADER = getattr(yaml, "CSafeLoader", yaml.SafeLoader)


def read(text: str | bytes) -> dict[str, Any]:
    """Parse a YAML document."""
    return yaml.load(text, Loader=_LOADER)


def kept() -> dict[str, Any]:
    """Return the committed document; each caller gets its own copy."""
    return read(KEPT.read_text())
