"""Image digests are written from a registry's answers, for all images or none."""

import re
import shutil
import sys

import pytest

from config.stack import digests

ONE, TWO = (f"sha256:{digit * 64}" for digit in "12")


@pytest.fixture
def files(tmp_path, monkeypatch):
    """Copies of the files that name images, so that the project's own are not changed."""
    copies = tuple(tmp_path / file.name for file in digests.FILES)
    for file, copy in zip(digests.FILES, copies, strict=True):
        shutil.copy(file, copy)
    monkeypatch.setattr(digests, "FILES", copies)
    return copies


@pytest.fixture
def registry(monkeypatch):
    """Replace skopeo by a script that returns a digest for each image, except for names with a given word."""

    def answer(digest: str, *, without: str = "no image") -> None:
        program = (
            f"import sys; unknown = {without!r} in sys.argv[-1]; "
            f"print('' if unknown else {digest!r}); sys.exit('manifest unknown' if unknown else 0)"
        )
        monkeypatch.setattr(digests, "SKOPEO", [sys.executable, "-c", program])

    return answer


def texts(files):
    return [file.read_text() for file in files]


def test_each_image_of_a_registry_gets_its_digest_and_all_else_stays(files, registry):
    before = texts(files)
    registry(ONE)
    assert digests.main() == 0
    compose, dockerfile = texts(files)
    assert re.findall(r"^ *image: (.*)$", compose, re.MULTILINE) == [
        "bank",
        f"postgres:18@{ONE}",
        f"valkey/valkey:8@{ONE}",
        f"nginx:1.28@{ONE}",
    ]
    assert dockerfile.count(f"FROM python:3.13-slim-trixie@{ONE}") == 2
    assert [text.replace(f"@{ONE}", "") for text in (compose, dockerfile)] == before


def test_a_second_run_follows_the_tags(files, registry):
    registry(ONE)
    digests.main()
    registry(TWO)
    assert digests.main() == 0
    assert ONE not in "".join(texts(files))
    assert "".join(texts(files)).count(TWO) == 5


@pytest.mark.parametrize("unknown", ["python", "nginx"])
def test_digests_are_unchanged_if_one_image_is_unavailable(files, registry, capfd, unknown):
    before = texts(files)
    registry(ONE, without=unknown)
    assert digests.main() == 1
    assert texts(files) == before
    assert re.search(rf"^{unknown}:\S+: could not be asked: manifest unknown$", capfd.readouterr().out, re.MULTILINE)


def test_missing_skopeo_is_reported_with_its_installation(files, monkeypatch, capfd):
    before = texts(files)
    monkeypatch.setattr(digests, "SKOPEO", ["no-such-program-on-this-machine"])
    assert digests.main() == 1
    assert texts(files) == before
    assert "apt install skopeo" in capfd.readouterr().out
