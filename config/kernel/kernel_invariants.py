"""What must be true of the keys (密钥不变量): SQL cannot ask it, only who holds them can."""

from collections.abc import Iterator

from config.kernel.invariants import Invariant
from config.kernel.key_marks import keys_mismatch
from config.kernel.sealed_sample import contradictions


def _contradictions() -> Iterator[str]:
    if reason := keys_mismatch():
        yield reason
    yield from contradictions()


KEYS = (
    Invariant(
        "I28",
        "密钥就是本库的密钥：抽样的密文可以打开，索引一致（通告第六条）",
        "The keys are this database's: a sample of what is sealed opens, and is indexed as they index it",
        look=_contradictions,
    ),
)
