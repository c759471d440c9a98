"""Query published advisories about the locked packages: ``python -m config.stack.advisories runtime dev``.

pip-audit makes the queries; with `PIP_AUDIT_VULNERABILITY_SERVICE=osv` it uses OSV instead of the package
index. A package without an answer is reported as such and never counted as one without advisories.
"""

import json
import subprocess
import sys
from pathlib import Path
from typing import Any, NamedTuple

from config.stack.lint import ROOT
from config.stack.process import say

PIP_AUDIT = [str(Path(sys.executable).with_name("pip-audit"))]
#: Exit codes of the command.
NONE_PUBLISHED, PUBLISHED, NOT_ASKED = range(3)


class LockAudit(NamedTuple):
    """Result of the queries for the packages of one lock.

    :ivar advisories: a line for each advisory.
    :ivar asked: number of packages with an answer.
    :ivar not_asked: packages without an answer.
    :ivar reason: why no query was possible at all; empty otherwise.
    """

    advisories: list[str]
    asked: int
    not_asked: list[str]
    reason: str = ""


def main(names: list[str]) -> int:
    """Report each lock; return 0 without advisories, 1 with one, 2 when a package has no answer."""
    code = NONE_PUBLISHED
    for name in names:
        audit = ask(ROOT / "requirements" / f"{name}.lock")
        for line in (*audit.advisories, *report_lines(name, audit)):
            say(line)
        if audit.advisories:
            code = PUBLISHED
        elif code == NONE_PUBLISHED and (audit.reason or audit.not_asked):
            code = NOT_ASKED
    return code


def ask(lock: Path) -> LockAudit:
    """Query all packages of a lock."""
    words = ["--requirement", str(lock), "--disable-pip", "--require-hashes", "--progress-spinner=off", "--format=json"]
    done = subprocess.run([*PIP_AUDIT, *words], capture_output=True, text=True, check=False)
    try:
        packages = json.loads(done.stdout)["dependencies"]
    except (ValueError, KeyError):
        return LockAudit([], 0, [], done.stderr.strip().rpartition("\n")[2] or f"exit code {done.returncode}")
    return read(packages)


def read(packages: list[dict[str, Any]]) -> LockAudit:
    """Read pip-audit's answer for each package."""
    asked = [each for each in packages if "skip_reason" not in each]
    advisories = [
        f"{each['name']} {each['version']}: {advisory['id']}, fixed in {', '.join(advisory['fix_versions']) or 'no version'}"
        for each in asked
        for advisory in each["vulns"]
    ]
    return LockAudit(advisories, len(asked), [each["name"] for each in packages if "skip_reason" in each])


def report_lines(name: str, audit: LockAudit) -> list[str]:
    """Return the lines of the report for one lock."""
    if audit.reason:
        return [f"{name}.lock: could not ask for advisories: {audit.reason}"]
    if not audit.asked:
        return [
            f"{name}.lock: could not ask for advisories: the service knows none of its {len(audit.not_asked)} packages"
        ]
    lines = [f"{name}.lock: {len(audit.advisories)} advisories about {audit.asked} packages"]
    if audit.not_asked:
        lines.append(f"{name}.lock: could not ask about {len(audit.not_asked)} packages: {', '.join(audit.not_asked)}")
    return lines


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
