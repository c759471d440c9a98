"""The modules of the bank and their layers, read from the first import contract."""

import re
import tomllib
from functools import cache
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
APPS = ("accounts", "blacklist", "transfers")
#: The core of each app and its wings: folders with the same packages.
PARTS = tuple(package.parent for app in APPS for package in sorted((ROOT / app).glob("**/operations")))
#: Packages with tables, and the label under which Django keeps each one's.
TABLES = {"config.kernel": "kernel"} | {app: app for app in APPS}


@cache
def layers() -> list[tuple[str, ...]]:
    """Return the modules of each layer, the top layer first."""
    contracts = tomllib.loads((ROOT / "pyproject.toml").read_text())["tool"]["importlinter"]["contracts"]
    return [tuple(re.findall(r"[\w.]+", layer)) for layer in contracts[0]["layers"]]


def layer_of(package: str) -> int:
    """Return the layer of a module; the lowest is 0."""
    return next(number for number, packages in enumerate(reversed(layers())) if package in packages)


def package_of(file: Path) -> str:
    """Return the module of the contract to which a file belongs: an app, a part of `config`, or a frame."""
    parts = file.relative_to(ROOT).with_suffix("").parts
    depth = 1 if parts[0] != "config" else 3 if parts[1] == "frames" else 2
    return ".".join(parts[:depth])


def production() -> list[Path]:
    """Return every Python file of the bank with code in it, except the folder of the frames itself."""
    files = (file for top in ("config", *APPS) for file in (ROOT / top).rglob("*.py") if file.stat().st_size)
    return sorted(file for file in files if file != ROOT / "config" / "frames" / "__init__.py")


def laboratories() -> list[Path]:
    """Return every Python file of the benchmarks and drills with code in it."""
    parts = ("bank", "drills", "generators", "management")
    return sorted(file for part in parts for file in (ROOT / "benchmarks" / part).rglob("*.py") if file.stat().st_size)
