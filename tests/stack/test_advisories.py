"""`make audit` reports the advisories of each lock, and the locks about which it could not ask."""

import json
import sys

import pytest

from config.stack import advisories

CLEAN = {"name": "amqp", "version": "5.4.2", "vulns": []}
HIT = {"name": "six", "version": "1.0", "vulns": [{"id": "CVE-2030-1", "fix_versions": ["1.1"]}]}
UNFIXED = {"name": "vine", "version": "5.1", "vulns": [{"id": "CVE-2030-2", "fix_versions": []}]}
UNKNOWN = {"name": "wrapt", "skip_reason": "not found"}
NOTHING_ASKED = "dev.lock: could not ask for advisories: "


@pytest.fixture
def answered(monkeypatch):
    """Replace pip-audit, which uses the network, by a script."""

    def answer(text: str, error: str = "") -> None:
        program = f"import sys; sys.stdout.write({text!r}); sys.stderr.write({error!r}); sys.exit(1)"
        monkeypatch.setattr(advisories, "PIP_AUDIT", [sys.executable, "-c", program])

    return answer


@pytest.mark.parametrize(
    ("packages", "code", "lines"),
    [
        ([CLEAN], 0, ["dev.lock: 0 advisories about 1 packages"]),
        (
            [CLEAN, HIT, UNFIXED],
            1,
            [
                "six 1.0: CVE-2030-1, fixed in 1.1",
                "vine 5.1: CVE-2030-2, fixed in no version",
                "dev.lock: 2 advisories about 3 packages",
            ],
        ),
        (
            [CLEAN, UNKNOWN],
            2,
            ["dev.lock: 0 advisories about 1 packages", "dev.lock: could not ask about 1 packages: wrapt"],
        ),
        ([UNKNOWN], 2, [f"{NOTHING_ASKED}the service knows none of its 1 packages"]),
    ],
    ids=["clean", "published", "some unknown", "all unknown"],
)
def test_each_answer_is_reported_and_has_its_exit_code(answered, capfd, packages, code, lines):
    answered(json.dumps({"dependencies": packages}))
    assert advisories.main(["dev"]) == code
    assert capfd.readouterr().out.splitlines() == lines


def test_unavailable_network_gives_no_clean_result(answered, capfd):
    answered("", "Traceback\nConnectionError: no route")
    assert advisories.main(["dev", "runtime"]) == advisories.NOT_ASKED
    assert capfd.readouterr().out.splitlines()[0] == f"{NOTHING_ASKED}ConnectionError: no route"


def test_advisory_outweighs_an_unavailable_answer(answered):
    answered(json.dumps({"dependencies": [UNKNOWN, HIT]}))
    assert advisories.main(["dev"]) == advisories.PUBLISHED
