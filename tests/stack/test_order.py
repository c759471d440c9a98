"""Tests run in a fixed order; on request in a random order that can be repeated."""

import os
import re
import subprocess
import sys
import tomllib
from itertools import pairwise
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
#: What a `make` around this one hands on.
INHERITED = {"MAKEFLAGS", "MFLAGS", "MAKELEVEL", "SEED", "ARGS"}


def make(*words: str) -> str:
    """Return the output of the target `test-random` without building an environment."""
    environment = {name: value for name, value in os.environ.items() if name not in INHERITED}
    command = ["make", "-o", ".venv/.dev.stamp", "test-random", *words]
    done = subprocess.run(command, cwd=ROOT, env=environment, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    return done.stdout


def test_order_is_fixed_by_default():
    options = tomllib.loads((ROOT / "pyproject.toml").read_text())["tool"]["pytest"]["ini_options"]["addopts"]
    assert ("-p", "no:randomly") in pairwise(options)


def test_random_order_prints_its_seed_and_can_be_repeated():
    seeds = []
    for _ in range(2):
        repeat, version = make(f"PY={sys.executable}", "ARGS=--version").splitlines()
        assert version.startswith("pytest ")
        seeds += re.fullmatch(r"make test-random SEED=(\d+)", repeat).groups()
    assert seeds[0] != seeds[1]
    command = f"-m pytest -p randomly --randomly-seed={seeds[0]} --hypothesis-seed={seeds[0]}"
    assert make("PY=echo", f"SEED={seeds[0]}").splitlines() == [f"make test-random SEED={seeds[0]}", command]
