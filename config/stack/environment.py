"""Create the virtual environment from the locks: ``python -m config.stack.environment demo|dev|peers|release``.

Runs on the machine's own interpreter (``python3.13``), before anything is installed. uv installs the
packages, several times faster than pip; pip installs uv, and replaces it where uv does not work. Every file
is checked against its hash.
"""

import ast
import fcntl
import importlib.util
import os
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
VENV = ROOT / ".venv"
PYTHON = VENV / "bin" / "python"
REQUIREMENTS = ROOT / "requirements"
KINDS = ("demo", "dev", "peers", "release")
OLDEST, NEWEST = (3, 13), (3, 14)

# Settings of pip and the variables of uv with the same meaning; uv does not read pip's configuration.
UV_WORDS = {
    "index-url": "UV_DEFAULT_INDEX",
    "extra-index-url": "UV_INDEX",
    "find-links": "UV_FIND_LINKS",
    "trusted-host": "UV_INSECURE_HOST",
    "cert": "SSL_CERT_FILE",
    "client-cert": "SSL_CLIENT_CERT",
    "proxy": "ALL_PROXY",
    "default-timeout": "UV_HTTP_TIMEOUT",
    "timeout": "UV_HTTP_TIMEOUT",
    "no-index": "UV_NO_INDEX",
}
COMMA_SEPARATED = {"UV_FIND_LINKS"}
# Sections of pip's configuration; a later one overrides.
SECTIONS = ("global", "install", ":env:")


def main(words: list[str]) -> int:
    """Update the environment to one lock and return the exit code."""
    if words not in ([kind] for kind in KINDS):
        sys.stderr.write(f"Usage: python -m config.stack.environment {'|'.join(KINDS)}\n")
        return 2
    if not OLDEST <= sys.version_info[:2] <= NEWEST:
        sys.stderr.write(f"Python 3.13 or 3.14 is needed, this is {sys.version.split()[0]}.\n")
        return 1
    # Two runs of make must not build one environment at the same time.
    guard = os.open(REQUIREMENTS, os.O_RDONLY)
    fcntl.flock(guard, fcntl.LOCK_EX)
    try:
        return 0 if up_to_date(words[0]) else build(words[0])
    finally:
        os.close(guard)


def stamp(kind: str) -> Path:
    """Return the file that records the lock installed last."""
    return VENV / f".{kind}.stamp"


def locks(kind: str) -> list[Path]:
    """Return the lock files of an environment."""
    return [REQUIREMENTS / "tools.lock", REQUIREMENTS / f"{kind}.lock"]


def up_to_date(kind: str) -> bool:
    """Return whether the environment is newer than its lock files."""
    made = stamp(kind)
    return made.exists() and all(lock.stat().st_mtime <= made.stat().st_mtime for lock in locks(kind))


def build(kind: str) -> int:
    """Create the environment if it is missing, install the lock, and write the stamp."""
    tools, wanted = locks(kind)
    if not usable():
        if importlib.util.find_spec("ensurepip") is None:
            sys.stderr.write(f"{sys.executable} has no venv module. On Debian: apt install python3-venv\n")
            return 1
        say(f"Creating {VENV.name} with Python {sys.version.split()[0]} ...")
        if run([sys.executable, "-m", "venv", "--clear", str(VENV)]):
            return 1
    say(f"Installing requirements/{wanted.name} ...")
    if run([*pip_install(), "-r", str(tools)], quiet=True) or uv_install(wanted):
        say("uv is of no use here; pip does it, which takes longer.")
        if code := run([*pip_install(), "-r", str(wanted)]):
            sys.stderr.write(f"The packages of requirements/{wanted.name} could not be installed.\n")
            return code
    put_project_on_path()
    stamp(kind).touch()
    return 0


def put_project_on_path() -> None:
    """Let commands in .venv/bin (pytest, celery, granian) find the project from any directory."""
    for packages in VENV.glob("lib/python3.*/site-packages"):
        (packages / "bank.pth").write_text(f"{ROOT}\n")


def usable() -> bool:
    """Return whether the environment has pip and an interpreter of a supported version."""
    if not PYTHON.exists():
        return False
    probe = f"import sys, pip; sys.exit(not {OLDEST} <= sys.version_info[:2] <= {NEWEST})"
    return run([str(PYTHON), "-c", probe], quiet=True) == 0


def pip_install() -> list[str]:
    """Return the beginning of a pip command that checks hashes."""
    return [str(PYTHON), "-m", "pip", "install", "--quiet", "--disable-pip-version-check", "--require-hashes"]


def uv_install(lock: Path) -> int:
    """Install a lock with uv and return the exit code; uv never downloads an interpreter."""
    uv = VENV / "bin" / "uv"
    if not uv.exists():
        return 1
    # Modules are not compiled here: a bank imports a third of them, and the first process compiles those.
    install = [str(uv), "pip", "install", "--quiet", "--require-hashes", "-r", str(lock)]
    env = {**os.environ, "UV_PYTHON_DOWNLOADS": "never", "VIRTUAL_ENV": str(VENV)}
    # Cached packages need no registry, which may be the slowest part.
    if run([*install, "--offline"], env=env, quiet=True) == 0:
        return 0
    return run(install, env={**from_pip(pip_configuration()), **env})


def pip_configuration() -> str:
    """Return pip's configuration from files and environment, as pip lists it."""
    listed = subprocess.run([str(PYTHON), "-m", "pip", "config", "list"], capture_output=True, text=True, check=False)
    return listed.stdout


def from_pip(listing: str) -> dict[str, str]:
    """Return pip's configuration as environment variables for uv; existing variables are kept.

    :param listing: lines such as ``global.index-url='...'``
    """
    settings: dict[str, str] = {}
    for section in SECTIONS:
        for line in listing.splitlines():
            name, _, quoted = line.partition("=")
            if not name.startswith(f"{section}."):
                continue
            word = UV_WORDS.get(name.removeprefix(f"{section}.").replace("_", "-"))
            if word and word not in os.environ:
                try:
                    value = str(ast.literal_eval(quoted))
                except (SyntaxError, ValueError):
                    continue
                settings[word] = ("," if word in COMMA_SEPARATED else " ").join(value.split())
    return settings


def run(argv: list[str], *, env: dict[str, str] | None = None, quiet: bool = False) -> int:
    """Run a command and return its exit code."""
    out = subprocess.DEVNULL if quiet else None
    return subprocess.run(argv, env=env, stdout=out, stderr=out, check=False).returncode


def say(line: str) -> None:
    """Print a line for a person without buffering."""
    sys.stdout.write(line + "\n")
    sys.stdout.flush()


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
