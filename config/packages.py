"""Programs that come inside installed packages."""

from importlib.util import find_spec
from pathlib import Path


def find_in_package(package: str, *parts: str) -> Path | None:
    """Return a file inside an installed package without importing it, or None."""
    found = find_spec(package)
    for place in (found.submodule_search_locations or []) if found else []:
        candidate = Path(place, *parts)
        if candidate.exists():
            return candidate
    return None
