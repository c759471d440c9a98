"""Change the bank's keys in this process and in others."""

import base64
import os
from collections.abc import Iterator
from contextlib import contextmanager

from django.conf import settings

from config.kernel.vault import sealed

OWN = os.environ["BANK_FIELD_KEYS"].partition(":")[2]
OWN_INDEX = os.environ["BANK_INDEX_KEY"]
OTHER = base64.b64encode(bytes(range(100, 132))).decode()
SECOND = base64.b64encode(bytes(range(150, 182))).decode()
THIRD = base64.b64encode(bytes(range(60, 92))).decode()


def use(index: str = OWN_INDEX, **fields: str) -> None:
    """Use keys (`k1=...`) as a process does that has just started with them."""
    settings.BANK_FIELD_KEYS = {name.removeprefix("k"): key for name, key in fields.items()} or {"1": OWN}
    settings.BANK_INDEX_KEY = index
    sealed._ciphers.cache_clear()
    sealed._index_key.cache_clear()


@contextmanager
def changed() -> Iterator[None]:
    """Restore the suite's keys at the end of the block."""
    try:
        yield
    finally:
        use()


def fields(**named: str) -> str:
    """Return field keys in the format of the environment."""
    return ",".join(f"{name.removeprefix('k')}:{key}" for name, key in named.items())
