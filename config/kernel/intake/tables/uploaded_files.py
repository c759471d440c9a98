"""Files that were sent (上传): kept in sealed pieces of text, then laid out in memory for as long as they are read (内存文件)."""

import hashlib
import os
from base64 import b64decode, b64encode
from collections.abc import Iterable, Iterator, Mapping
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from tempfile import TemporaryDirectory


@dataclass(frozen=True, slots=True)
class SentFile:
    """A file as it was sent (上传的文件).

    :ivar name: as its sender calls it, without folders.
    """

    name: str
    content: bytes = field(repr=False)

    def __str__(self) -> str:
        """Return what tells it from every other file: a request with another file is another request."""
        return f"{self.name} {hashlib.sha256(self.content).hexdigest()}"


@contextmanager
def laid_out(files: Mapping[str, Iterable[bytes]]) -> Iterator[dict[str, Path]]:
    """Give files a path each, by the same key; what they are called says nothing of what they are.

    What stands at the path leads to memory: nothing that was sent is written to a disk. Linux only.

    :param files: the content, in pieces, of each.
    """
    with ExitStack() as stack:
        folder = Path(stack.enter_context(TemporaryDirectory(prefix="bank-")))
        paths = {}
        for number, (key, pieces) in enumerate(files.items()):
            descriptor = os.memfd_create("bank-upload", os.MFD_CLOEXEC)
            file = stack.enter_context(os.fdopen(descriptor, "wb"))
            for piece in pieces:
                file.write(piece)
            file.flush()
            paths[key] = folder / str(number)
            paths[key].symlink_to(f"/proc/{os.getpid()}/fd/{descriptor}")
        yield paths


#: So much of a file is sealed at a time.
PIECE = 768 * 1024


def pieces_of(content: bytes) -> list[str]:
    """Return a file in pieces."""
    return [b64encode(content[at : at + PIECE]).decode() for at in range(0, len(content), PIECE)]


def read_pieces(pieces: Iterable[str]) -> Iterator[bytes]:
    """Yield what stands in pieces, one after another."""
    return map(b64decode, pieces)
