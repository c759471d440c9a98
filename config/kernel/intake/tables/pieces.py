"""A file as it is kept until it is read (上传分段): in pieces of text, which a sealed field takes."""

from base64 import b64decode, b64encode
from collections.abc import Iterable, Iterator

#: So much of a file is sealed at a time.
PIECE = 768 * 1024


def pieces_of(content: bytes) -> list[str]:
    """Return a file in pieces."""
    return [b64encode(content[at : at + PIECE]).decode() for at in range(0, len(content), PIECE)]


def read_pieces(pieces: Iterable[str]) -> Iterator[bytes]:
    """Yield what stands in pieces, one after another."""
    return map(b64decode, pieces)
