"""Ask for published advisories about the locked packages: ``python -m config.stack.advisories runtime dev``.

pip-audit asks; `PIP_AUDIT_VULNERABILITY_SERVICE=osv` lets it ask OSV instead of the package index. A package that it could
not ask about is reported as such and never counts as one without advisories.
"""

import json
import subprocess
import sys
from pathlib import Path
from typing import Any, NamedTuple

from config.stack.lint import ROOT
from config.stack.process import say

PIP_AUDIT = [str(Path(sys.executable).with_name("pip-audit"))]
#: What the command returns.
NONE_PUBLISHED, PUBLISHED, NOT_ASKED = range(3)


class LockAudit(NamedTuple):
    """What was learnt about the packages of one lock.

    :ivar advisories: a line for each advisory.
    :ivar asked: how many packages were asked about.
    :ivar not_asked: the packages without an answer.
    :ivar reason: why nothing could be asked at all; empty when something was.
    """

    advisories: list[str]
    asked: int
    not_asked: list[str]
    reason: str = ""


def main(names: list[str]) -> int:
    """Report on each lock and return 0 without advisories, 1 with one, 2 when something could not be asked."""
    code = NONE_PUBLISHED
    for name in names:
        found = ask(ROOT / "requirements" / f"{name}.lock")
        for line in (*found.advisories, *described(name, found)):
            say(line)
        if found.advisories:
            code = PUBLISHED
        elif code == NONE_PUBLISHED and (found.reason or found.not_asked):
            code = NOT_ASKED
    return code


def ask(lock: Path) -> LockAudit:
    """Ask about every package of a lock."""
    words = ["--requirement", str(lock), "--disable-pip", "--require-hashes", "--progress-spinner=off", "--format=json"]
    done = subprocess.run([*PIP_AUDIT, *words], capture_output=True, text=True, check=False)
    try:
        packages = json.loads(done.stdout)["dependencies"]
    except (ValueError, KeyError):
        return LockAudit([], 0, [], done.stderr.strip().rpartition("\n")[2] or f"exit code {done.returncode}")
    return read(packages)


def read(packages: list[dict[str, Any]]) -> LockAudit:
    """Read what pip-audit says about each package."""
    asked = [each for each in packages if "skip_reason" not in each]
    advisories = [
        f"{each['name']} {each['version']}: {advisory['id']}, fixed in {', '.join(advisory['fix_versions']) or 'no version'}"
        for each in asked
        for advisory in each["vulns"]
    ]
    return LockAudit(advisories, len(asked), [each["name"] for each in packages if "skip_reason" in each])


def described(name: str, found: LockAudit) -> list[str]:
    """Return what is said about one lock."""
    if found.reason:
        return [f"{name}.lock: could not ask for advisories: {found.reason}"]
    if not found.asked:
        return [
            f"{name}.lock: could not ask for advisories: the service knows none of its {len(found.not_asked)} packages"
        ]
    lines = [f"{name}.lock: {len(found.advisories)} advisories about {found.asked} packages"]
    if found.not_asked:
        lines.append(f"{name}.lock: could not ask about {len(found.not_asked)} packages: {', '.join(found.not_asked)}")
    return lines


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
