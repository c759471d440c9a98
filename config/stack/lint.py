"""Run every static check and print the failed ones: ``python -m config.stack.lint``."""

import base64
import os
import subprocess
import sys
import time
from pathlib import Path

from config.stack.process import say

ROOT = Path(__file__).resolve().parents[2]
PYTHON = sys.executable

# The deployment checks read production settings; these values need only the right form.
PRODUCTION = {
    "DJANGO_SETTINGS_MODULE": "config.settings.production",
    "BANK_SECRET_KEY": base64.b64encode(bytes(range(60))).decode(),
    "BANK_FIELD_KEYS": f"1:{base64.b64encode(bytes(range(32))).decode()}",
    "BANK_INDEX_KEY": base64.b64encode(bytes(range(32, 64))).decode(),
    "BANK_ALLOWED_HOSTS": "bank.example",
    "BANK_CODE": "EXAMPLEBANK",
    "BANK_LEGAL_BASIS_WHEN_MISSING": "REQUIRED",
    "DATABASE_URL": "postgresql://bank@/bank?host=/nowhere",  # no check connects to it
    "REDIS_URL": "redis://valkey.example/0",
    "SANDBOX": "",
}

CHECKS: tuple[tuple[str, list[str], dict[str, str]], ...] = (
    ("ruff check", ["-m", "ruff", "check", "."], {}),
    ("ruff format", ["-m", "ruff", "format", "--check", "."], {}),
    ("mypy", ["-m", "mypy"], PRODUCTION),
    (
        "import contracts",
        ["-c", "from importlinter.cli import lint_imports_command as main; main()"],
        {},
    ),
    ("migrations", ["-W", "ignore::RuntimeWarning", "manage.py", "makemigrations", "--check", "--dry-run"], PRODUCTION),
    ("deployment", ["manage.py", "check", "--deploy", "--fail-level", "WARNING"], PRODUCTION),
)


def main() -> int:
    """Run all checks, also after a failure, and return the number of failures."""
    failed = []
    for name, words, environment in CHECKS:
        began = time.monotonic()
        done = subprocess.run([PYTHON, *words], cwd=ROOT, env={**os.environ, **environment}, check=False)
        say(f"{name}: {'FAILED' if done.returncode else 'ok'} ({time.monotonic() - began:.1f} s)")
        if done.returncode:
            failed.append(name)
    say(f"lint: {'failed: ' + ', '.join(failed) if failed else 'all is well'}")
    return len(failed)


if __name__ == "__main__":
    sys.exit(main())
