"""The locks install the requested packages with checked hashes from any package index."""

import re
from pathlib import Path

import pytest
from packaging.requirements import Requirement
from packaging.version import Version

from config.kernel.database.pipeline import TRIED_PSYCOPG

REQUIREMENTS = Path(__file__).resolve().parents[2] / "requirements"
LOCKS = ["runtime", "demo", "dev", "tools", "release"]


def read_lock(name):
    text = (REQUIREMENTS / f"{name}.lock").read_text()
    pinned = re.findall(r"^([a-z0-9._-]+)==([^ ;\\]+)", text, flags=re.MULTILINE)
    return text, {package: Version(version) for package, version in pinned}


def floors(name):
    for line in (REQUIREMENTS / f"{name}.in").read_text().splitlines():
        if line.startswith("-r "):
            yield from floors(line.removeprefix("-r ").removesuffix(".in"))
        elif line and not line.startswith("#"):
            yield Requirement(line)


@pytest.mark.parametrize("name", LOCKS)
def test_every_locked_version_is_at_or_above_its_floor(name):
    _, locked = read_lock(name)
    wanted = list(floors(name))
    assert wanted
    for requirement in wanted:
        assert requirement.specifier, f"{requirement.name} has no floor"
        assert requirement.specifier.contains(locked[requirement.name.lower()]), requirement


def test_psycopg_is_kept_to_the_minor_version_that_is_tried():
    (wanted,) = [each for each in floors("runtime") if each.name == "psycopg"]
    tried = Version(TRIED_PSYCOPG)
    assert wanted.specifier.contains(f"{tried}.99")
    assert not wanted.specifier.contains(f"{tried.major}.{tried.minor + 1}.0")


@pytest.mark.parametrize("name", LOCKS)
def test_no_lock_names_an_address(name):
    text, _ = read_lock(name)
    assert "://" not in text
    assert not re.search(r"^-", text, flags=re.MULTILINE)


@pytest.mark.parametrize("name", LOCKS)
def test_every_locked_package_has_hashes(name):
    text, locked = read_lock(name)
    blocks = re.split(r"^(?=[a-z0-9._-]+==)", text, flags=re.MULTILINE)[1:]
    assert len(blocks) == len(locked)
    assert all("--hash=sha256:" in block for block in blocks)


def test_runtime_demo_and_dev_agree():
    runtime, demo, dev = (read_lock(name)[1].items() for name in ("runtime", "demo", "dev"))
    assert runtime < demo < dev


def test_the_bill_of_materials_and_the_audit_read_every_lock_but_the_peers():
    makefile = (REQUIREMENTS.parent / "Makefile").read_text()
    (named,) = re.findall(r"^LOCKS := (.*)$", makefile, flags=re.MULTILINE)
    assert set(named.split()) == {file.stem for file in REQUIREMENTS.glob("*.lock")} - {"peers"}
