"""Uploaded files (上传): stored as sealed pieces, and copied to memory files while they are read (内存文件)."""

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
    """An uploaded file (上传的文件).

    :ivar name: the sender's file name, without folders.
    """

    name: str
    content: bytes = field(repr=False)

    def __str__(self) -> str:
        """Return a text that identifies the content: a request with another file is another request."""
        return f"{self.name} {hashlib.sha256(self.content).hexdigest()}"


@contextmanager
def memory_files(files: Mapping[str, Iterable[bytes]]) -> Iterator[dict[str, Path]]:
    """Write files into memory and yield a path for each, by the same key.

    The paths contain no file names, and nothing is written to a disk. Linux only.

    :param files: the content of each file, in pieces.
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


#: Bytes of a file in one sealed piece.
PIECE = 768 * 1024


def pieces_of(content: bytes) -> list[str]:
    """Split a file into pieces of text."""
    return [b64encode(content[at : at + PIECE]).decode() for at in range(0, len(content), PIECE)]


def read_pieces(pieces: Iterable[str]) -> Iterator[bytes]:
    """Yield the content of pieces, one after another."""
    return map(b64decode, pieces)
