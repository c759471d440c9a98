"""Passwords hashed a few at a time: each takes about 100 MiB and a core, whoever asks and whatever the name."""

from collections.abc import Iterator
from contextlib import contextmanager
from functools import lru_cache
from threading import BoundedSemaphore
from typing import Any

from django.conf import settings
from django.contrib.auth.hashers import Argon2PasswordHasher

from config.kernel.refusals import RequestError


class HashingBusy(RequestError):
    """Reject a password that would be one too many at this moment; nothing was compared and nothing counted."""

    status = 503
    code = "SIGN_IN_BUSY"
    zh = "当前签到人数较多，本次未作任何处理，也不计失败次数。请稍候数秒再试。"
    en = "Many people are signing in at this moment; nothing was done, and it is not counted as a failure. Try again in a few seconds."


class _Places:
    """Who hashes now, and the few who wait for it: everybody else goes at once, and holds up no other work."""

    def __init__(self) -> None:
        self.inside = BoundedSemaphore(settings.HASHES_AT_ONCE + settings.HASHES_WAITING)
        self.hashing = BoundedSemaphore(settings.HASHES_AT_ONCE)

    @contextmanager
    def one(self) -> Iterator[None]:
        """Take a place for one hash.

        :raises HashingBusy: when there is none, at once or after a short wait.
        """
        if not self.inside.acquire(blocking=False):
            raise HashingBusy(retry_after=settings.HASH_WAIT_SECONDS)
        try:
            if not self.hashing.acquire(timeout=settings.HASH_WAIT_SECONDS):
                raise HashingBusy(retry_after=settings.HASH_WAIT_SECONDS)
            try:
                yield
            finally:
                self.hashing.release()
        finally:
            self.inside.release()


@lru_cache(maxsize=1)
def _places() -> _Places:
    return _Places()


class FewAtOnce(Argon2PasswordHasher):
    """Argon2, a few at once in each process."""

    def encode(self, password: Any, salt: Any) -> Any:
        with _places().one():
            return super().encode(password, salt)

    def verify(self, password: Any, encoded: Any) -> Any:
        with _places().one():
            return super().verify(password, encoded)
