"""Settings of pip for the machine reach uv, and each place that names the versions of Python names the same."""

import re
import tomllib

import pytest

from config.stack import environment
from tests.architecture.house import ROOT


@pytest.fixture(autouse=True)
def plain_environment(monkeypatch):
    for name in set(environment.UV_WORDS.values()):
        monkeypatch.delenv(name, raising=False)


def test_index_links_and_certificate_are_handed_over():
    listing = (
        "global.cert='/etc/ssl/ca.crt'\n"
        "global.index-url='file:///mirror/simple'\n"
        "global.find-links='/opt/wheels\\n/opt/more'\n"
    )
    assert environment.from_pip(listing) == {
        "SSL_CERT_FILE": "/etc/ssl/ca.crt",
        "UV_DEFAULT_INDEX": "file:///mirror/simple",
        "UV_FIND_LINKS": "/opt/wheels,/opt/more",
    }


def test_the_environment_is_stronger_than_the_install_section_and_that_than_the_global_one():
    listing = "install.index-url='b'\n:env:.index-url='c'\nglobal.index-url='a'\n"
    assert environment.from_pip(listing) == {"UV_DEFAULT_INDEX": "c"}
    assert environment.from_pip("install.index-url='b'\nglobal.index-url='a'\n") == {"UV_DEFAULT_INDEX": "b"}


def test_own_settings_of_uv_are_kept(monkeypatch):
    monkeypatch.setenv("UV_DEFAULT_INDEX", "file:///own")
    assert environment.from_pip("global.index-url='file:///other'\n") == {}


def test_other_commands_sections_and_unreadable_values_are_passed_over():
    assert environment.from_pip("download.index-url='a'\nglobal.index-url=oops(\nnonsense\n") == {}


def test_the_versions_of_python_are_the_same_everywhere():
    oldest, newest = (".".join(map(str, each)) for each in (environment.OLDEST, environment.NEWEST))
    project = tomllib.loads((ROOT / "pyproject.toml").read_text())
    beyond = f"{environment.NEWEST[0]}.{environment.NEWEST[1] + 1}"
    assert project["project"]["requires-python"] == f">={oldest},<{beyond}"
    assert project["tool"]["mypy"]["python_version"] == oldest
    assert project["tool"]["ruff"]["target-version"] == f"py{oldest.replace('.', '')}"
    for file in ("Makefile", ".ci/run"):
        asked = f"{environment.OLDEST} <= sys.version_info[:2] <= {environment.NEWEST}"
        assert asked in (ROOT / file).read_text(), file
    assert f"Python {oldest} or {newest}" in (ROOT / "Makefile").read_text()
    assert f"--python-version {oldest} " in (ROOT / "Makefile").read_text()
    (image,) = set(re.findall(r"^FROM python:([\d.]+)", (ROOT / "Dockerfile").read_text(), re.MULTILINE))
    assert image in {oldest, newest}
