"""Write the digests of what guards the database: ``python -m config.stack.guards``.

From a fresh database on a server of its own, migrated by this code; it takes some ten seconds.
"""

import os
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path

from config.stack.lint import PRODUCTION, PYTHON, ROOT
from config.stack.postgres import SETTINGS, Postgres
from config.stack.process import say

FILE = ROOT / "config" / "kernel" / "catalog" / "guards.txt"


def main() -> int:
    """Write the file; a command that fails says why and leaves it as it was."""
    place = Path(tempfile.mkdtemp(prefix="bank-guards-"))
    try:
        with Postgres(place, {**SETTINGS, "fsync": "off"}) as server:
            own = {"DJANGO_SETTINGS_MODULE": "config.settings.local", "SANDBOX": "1", "DATABASE_URL": server.url}
            environment = {**os.environ, **PRODUCTION, **own}
            _manage(environment, "migrate", "--verbosity=0")
            lines = _manage(environment, "guards", "--digests")
    finally:
        shutil.rmtree(place, ignore_errors=True)
    FILE.write_text(lines)
    say(f"{FILE.relative_to(ROOT)}: {len(lines.splitlines())} guards")
    return 0


def _manage(environment: dict[str, str], *words: str) -> str:
    argv = [PYTHON, "manage.py", *words]
    return subprocess.run(argv, cwd=ROOT, env=environment, check=True, stdout=subprocess.PIPE, text=True).stdout


if __name__ == "__main__":
    sys.exit(main())
