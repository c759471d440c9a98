"""Write the digests of what guards the database: ``python -m config.stack.guards``.

From a fresh database on a server of its own, migrated by this code, and from what a backup of it is restored to; it takes
some twenty seconds.
"""

import os
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path

from config.stack.lint import PRODUCTION, PYTHON, ROOT
from config.stack.postgres import DATABASE, ROLE, SETTINGS, Postgres
from config.stack.process import run_once, say

FILE = ROOT / "config" / "kernel" / "integrity" / "catalog" / "guards.txt"
RESTORED = "restored"


def main() -> int:
    """Write the file; a command that fails says why and leaves it as it was."""
    place = Path(tempfile.mkdtemp(prefix="bank-guards-"))
    try:
        with Postgres(place, {**SETTINGS, "fsync": "off"}) as server:
            own = {"DJANGO_SETTINGS_MODULE": "config.settings.local", "SANDBOX": "1", "DATABASE_URL": server.url}
            environment = {**os.environ, **PRODUCTION, **own}
            _manage(environment, "migrate", "--verbosity=0")
            lines = _manage(environment, "guards", "--digests").splitlines()
            restored = _manage(environment | {"DATABASE_URL": _restored(server)}, "guards", "--digests").splitlines()
    finally:
        shutil.rmtree(place, ignore_errors=True)
    FILE.write_text("".join(f"{line}\n" for line in with_second_digests(lines, restored)))
    say(f"{FILE.relative_to(ROOT)}: {len(lines)} guards")
    return 0


def with_second_digests(migrated: list[str], restored: list[str]) -> list[str]:
    """Return the lines of a migrated database, each with the digest that it has in a restored one, where that differs.

    PostgreSQL reads its own output anew: `((a AND b) AND c)` is `(a AND b AND c)` from then on.
    """
    after = dict(line.rsplit(" ", 1) for line in restored)
    pairs = [line.rsplit(" ", 1) for line in migrated]
    return [
        f"{name} {digest}" if after.get(name, digest) == digest else f"{name} {digest}/{after[name]}"
        for name, digest in pairs
    ]


def _restored(server: Postgres) -> str:
    """Return the address of a second database, with what a dump of the first brings."""
    server.psql(f"CREATE DATABASE {RESTORED} OWNER {ROLE}")
    place = [f"--host={server.sockets}", f"--username={ROLE}"]
    dump = run_once([server.bin / "pg_dump", "--no-owner", "--no-privileges", *place, DATABASE], name="pg_dump")
    file = server.state_dir / "dump.sql"
    file.write_text(dump)
    options = ["--no-psqlrc", "--quiet", "--set=ON_ERROR_STOP=1", "--output=/dev/null"]
    run_once([server.bin / "psql", *options, *place, f"--file={file}", RESTORED], name="psql")
    return server.url.replace(f"/{DATABASE}?", f"/{RESTORED}?")


def _manage(environment: dict[str, str], *words: str) -> str:
    argv = [PYTHON, "manage.py", *words]
    return subprocess.run(argv, cwd=ROOT, env=environment, check=True, stdout=subprocess.PIPE, text=True).stdout


if __name__ == "__main__":
    sys.exit(main())
