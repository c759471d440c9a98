"""Pin the images that `compose.yaml` and the `Dockerfile` name by tag: ``python -m config.stack.digests``.

skopeo queries the registry for the present digest of each tag. Run it again to follow the tags. When the
digest of one image is not available, both files stay unchanged.
"""

import re
import subprocess
import sys
from pathlib import Path

from config.stack.lint import ROOT
from config.stack.process import say

FILES = (ROOT / "compose.yaml", ROOT / "Dockerfile")
SKOPEO = ["skopeo"]
#: An image of a registry: its tag, and the digest of an earlier run.
_IMAGE = re.compile(r"^(?P<head> *image: |FROM )(?P<tag>[\w./:-]+:[\w.-]+)(?:@sha256:[0-9a-f]{64})?", re.MULTILINE)
_DIGEST = re.compile(r"sha256:[0-9a-f]{64}")


def main() -> int:
    """Write the digests and return 0, or print the missing ones and return 1."""
    texts = {file: file.read_text() for file in FILES}
    tags = sorted({match["tag"] for text in texts.values() for match in _IMAGE.finditer(text)})
    digests: dict[str, str] = {}
    for tag in tags:
        digest, reason = ask(tag)
        say(f"{tag}: {digest or f'could not be asked: {reason}'}")
        if digest:
            digests[tag] = digest
    if len(digests) < len(tags):
        say("Nothing was changed.")
        return 1
    for file, text in texts.items():
        write(file, _IMAGE.sub(lambda match: f"{match['head']}{match['tag']}@{digests[match['tag']]}", text))
    return 0


def ask(tag: str) -> tuple[str, str]:
    """Return the digest of an image's tag, or an empty text and the reason."""
    words = ["inspect", "--no-tags", "--format={{.Digest}}", f"docker://{tag}"]
    try:
        done = subprocess.run([*SKOPEO, *words], capture_output=True, text=True, check=False, timeout=120)
    except FileNotFoundError:
        return "", "skopeo is not installed (on Debian: apt install skopeo)"
    except subprocess.TimeoutExpired:
        return "", "no answer within two minutes"
    if _DIGEST.fullmatch(done.stdout.strip()):
        return done.stdout.strip(), ""
    return "", done.stderr.strip().rpartition("\n")[2] or f"exit code {done.returncode}"


def write(file: Path, text: str) -> None:
    """Replace a file's text atomically."""
    draft = file.with_name(f".{file.name}.draft")
    draft.write_text(text)
    draft.replace(file)


if __name__ == "__main__":
    sys.exit(main())
