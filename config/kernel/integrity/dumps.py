"""Backup of the database into one file, and restore, by PostgreSQL's own programs (备份与恢复).

A backup file is complete or does not exist. A restore is one transaction whose last act before the commit is
the mark "restored, unconfirmed", so the restored rows are never visible without it.
"""

import hashlib
import os
import re
import shutil
import subprocess
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import IO, Any, Self

from django.db import connection

from config.kernel.database.sql import rows
from config.kernel.integrity import restores
from config.kernel.schema import months
from config.kernel.schema.grants import CLOSE_FUNCTIONS
from config.packages import find_postgres

TELL_EVERY_SECONDS = 5
_CHUNK = 1 << 20
#: Tables in every backup of a bank, possibly as partitions; a file without them is refused.
_NEEDED = ("TABLE DATA public kernel_decision", "TABLE DATA public django_migrations")
# Owners and rights come from the target: a role of the old server may be missing, and a missing right does no harm. The
# same holds for the tablespaces of closed months. Comments on extensions belong to who installed them.
_READ = ("--no-owner", "--no-privileges", "--no-tablespaces", "--no-comments", "--file=-")
# Terse, because the long form of an error contains rows.
_WRITE = ("--no-psqlrc", "--quiet", "--no-password", "--set=ON_ERROR_STOP=1", "--set=VERBOSITY=terse", "--file=-")
_RELATIONS = """
SELECT count(*) AS count FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace
WHERE n.nspname NOT LIKE 'pg\\_%' AND n.nspname <> 'information_schema'
  AND NOT EXISTS (SELECT FROM pg_depend d
                  WHERE d.classid = 'pg_class'::regclass AND d.objid = c.oid AND d.deptype = 'e')
"""
_FILLED = """
SELECT string_agg(oid::regclass::text, ', ') AS names FROM pg_class
WHERE relnamespace = 'public'::regnamespace AND relkind = 'r' AND pg_relation_size(oid) > 0
"""

type Tell = Callable[[str], object]


class DumpError(Exception):
    """A backup or restore that was not done, with the reason in one line; no part of it remains."""


def backup(file: Path, tell: Tell) -> str:
    """Write the database into a new file that only its owner can read; return the file's SHA-256.

    :param tell: called with a progress line from time to time.
    :raises DumpError: when the file exists, or a program is missing or fails.
    """
    words = [*_program("pg_dump"), "--no-password", "--format=custom", *_place()]
    if file.exists():
        raise DumpError(f"{file} is there already; a backup overwrites nothing.")
    try:
        # The file gets its name when it is complete and durable; until then it is in a temporary directory.
        with tempfile.TemporaryDirectory(prefix=f"{file.name}.", dir=file.parent) as place:
            draft = Path(place, file.name)
            draft.touch(mode=0o600)
            # pg_dump opens the file itself, so that a truncated file is detected.
            with _Child([*words, f"--file={draft}"], stdout=subprocess.DEVNULL) as dump:
                while not dump.ended(within=TELL_EVERY_SECONDS):
                    tell(f"{_size(draft.stat().st_size)} written")
                dump.succeed()
            _contents(draft)
            os.link(draft, file)
    except FileExistsError:
        raise DumpError(f"{file} is there already; a backup overwrites nothing.") from None
    except OSError as error:
        raise DumpError(f"{file}: {error.strerror}") from None
    _keep(file.parent)
    return _digest(file)


def restore(file: Path, tell: Tell) -> str:
    """Restore a backup into the empty database of the settings, marked unconfirmed; return its description.

    One transaction: all data with the mark, or nothing. Statistics are gathered afterwards.

    :raises DumpError: when the database is not empty, the file is not a backup, or a program is missing or fails.
    """
    source = _description(file)
    if count := rows(_RELATIONS)[0]["count"]:
        raise DumpError(f"The database is not empty ({count} relations): a restore needs a new one.")
    read, write = _program("pg_restore"), _program("psql")
    with (
        _Child([*read, *_READ, str(file)], stdout=subprocess.PIPE) as reader,
        _Child([*write, *_WRITE, *_place()], stdin=subprocess.PIPE, stdout=subprocess.DEVNULL) as writer,
    ):
        try:
            writer.stdin.write(b"BEGIN;\n")
            _pump(reader.stdout, writer.stdin, tell)
            reader.succeed()
            # Without this last line the whole restore is rolled back, whichever process ends first.
            writer.stdin.write(f"{restores.mark_script(source)}{CLOSE_FUNCTIONS}COMMIT;\n".encode())
            writer.stdin.close()
        except BrokenPipeError:
            writer.succeed()
            raise
        writer.succeed()
    if not restores.unconfirmed():
        raise DumpError("The restored database has no mark: do not start anything on it.")
    tell("gathering statistics")
    with connection.cursor() as cursor:
        cursor.execute("SET statement_timeout = 0")
        # Empty tables are left out: a month counted as empty would be read by full scans until it is counted again.
        cursor.execute(f"ANALYZE {rows(_FILLED)[0]['names']}")
        cursor.execute("RESET statement_timeout")
    # PostgreSQL 17 cannot count the partitioned table without its empty months.
    if connection.pg_version >= 180000:  # type: ignore[attr-defined]
        months.count()
    return source


class _Child:
    """A child process whose error output is collected; it is ended at the end of the block."""

    def __init__(self, words: list[str], **pipes: Any) -> None:
        self.name = Path(words[0]).name
        self.complaints = tempfile.TemporaryFile()  # noqa: SIM115 - closed with the block
        environment = {**os.environ, **_secrets()}
        self.process = subprocess.Popen(
            words, stderr=self.complaints, env=environment, **{"stdin": subprocess.DEVNULL, **pipes}
        )

    @property
    def stdin(self) -> IO[bytes]:
        """Return the input of the program."""
        return _there(self.process.stdin)

    @property
    def stdout(self) -> IO[bytes]:
        """Return the output of the program."""
        return _there(self.process.stdout)

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *exception: object) -> None:
        self.process.kill()
        self.process.wait()
        for each in (self.process.stdin, self.process.stdout, self.complaints):
            if each and not each.closed:
                # Output that nobody reads any more does not matter.
                with _unheard():
                    each.close()

    def ended(self, *, within: float) -> bool:
        """Wait a limited time for the end; return whether it has ended."""
        try:
            self.process.wait(within)
        except subprocess.TimeoutExpired:
            return False
        return True

    def succeed(self) -> None:
        """Wait for the end.

        :raises DumpError: when it failed, with its last error line; further lines could contain statements
        """
        if not self.process.wait():
            return
        self.complaints.seek(0)
        lines = self.complaints.read().decode(errors="replace").strip().splitlines()
        said = [line for line in lines if "error:" in line.lower()] or lines or [f"exit {self.process.returncode}"]
        raise DumpError(f"{self.name} failed: {said[-1]}")


@contextmanager
def _unheard() -> Iterator[None]:
    try:
        yield
    except BrokenPipeError:
        return


def _there(pipe: IO[bytes] | None) -> IO[bytes]:
    if pipe is None:
        raise RuntimeError("no such pipe")
    return pipe


def _program(name: str) -> list[str]:
    """Return the command of a program: from the embedded server, else from the machine.

    :raises DumpError: when there is none
    """
    found = find_postgres(name) or shutil.which(name)
    if not found:
        raise DumpError(
            f"{name} is not here: install the client programs of PostgreSQL (postgresql-client), of the server's "
            "version or a later one."
        )
    return [str(found)]


def _place() -> list[str]:
    """Return the connection arguments of the database for a command line, without secrets."""
    words, _ = connection.client.settings_to_cmd_args_env(connection.settings_dict, [])
    return [f"--dbname={words[-1]}", *words[1:-1]]


def _secrets() -> dict[str, str]:
    _, environment = connection.client.settings_to_cmd_args_env(connection.settings_dict, [])
    return environment or {}


def _keep(directory: Path) -> None:
    """Make a new directory entry durable."""
    handle = os.open(directory, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)


def _contents(file: Path) -> str:
    """Return the archive's table of contents.

    :raises DumpError: when the file is not an archive of a bank
    """
    with tempfile.TemporaryFile() as out:
        with _Child([*_program("pg_restore"), "--list", str(file)], stdout=out) as reader:
            reader.succeed()
        out.seek(0)
        contents = out.read().decode(errors="replace")
    if missing := [each for each in _NEEDED if each not in contents]:
        raise DumpError(f"{file} is no backup of a bank: it has no {missing[0]}.")
    return contents


def _description(file: Path) -> str:
    """Return a description of a backup for people and evidence: name, age, digest."""
    if not file.is_file():
        raise DumpError(f"{file} is no file.")
    made = re.search(r"Archive created at (.+)", _contents(file))
    return f"{file.name[-60:]}, made {made[1].strip() if made else 'at an unknown time'}, sha256 {_digest(file)}"


def _pump(source: IO[bytes], target: IO[bytes], tell: Tell) -> None:
    done, next_tell = 0, time.monotonic() + TELL_EVERY_SECONDS
    while part := source.read(_CHUNK):
        target.write(part)
        done += len(part)
        if time.monotonic() > next_tell:
            next_tell = time.monotonic() + TELL_EVERY_SECONDS
            tell(f"{_size(done)} restored")


def _digest(file: Path) -> str:
    with file.open("rb") as read:
        return hashlib.file_digest(read, "sha256").hexdigest()


def _size(count: int) -> str:
    return f"{count / 1_000_000:,.1f} MB"
