"""Write the digests of the database's guards into `guards.txt`: ``python -m config.stack.guards``.

They come from a new database, migrated by this code on a server of its own, and from the restored backup of
it; this takes some twenty seconds.
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
    """Write the file; if a command fails, print its error and leave the file unchanged."""
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
    """Return the lines of a migrated database, each with its digest in a restored one if that differs.

    PostgreSQL rewrites its own output: `((a AND b) AND c)` becomes `(a AND b AND c)`.
    """
    after = dict(line.rsplit(" ", 1) for line in restored)
    pairs = [line.rsplit(" ", 1) for line in migrated]
    return [
        f"{name} {digest}" if after.get(name, digest) == digest else f"{name} {digest}/{after[name]}"
        for name, digest in pairs
    ]


def _restored(server: Postgres) -> str:
    """Return the address of a second database, restored from a dump of the first."""
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
