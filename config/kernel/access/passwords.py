"""Passwords: their marks in decisions (密码标记), and hashing in a few low-priority threads.

A decision that sets a password keeps a mark: an HMAC of the password's hash under the bank's index key. A
hash that was written without a decision has no mark, and nobody can compute one without the key. Marks made
under a former index key stay valid, because former keys are kept.

One hash takes 100 MiB and a fifth of a second of one core.
"""

import os
import sys
from collections.abc import Callable, Collection
from concurrent.futures import ThreadPoolExecutor
from functools import lru_cache
from threading import BoundedSemaphore
from typing import Any

from django.conf import settings
from django.contrib.auth.hashers import Argon2PasswordHasher

from config.kernel.law.refusals import RequestError
from config.kernel.law.text import Text
from config.kernel.vault.sealed import blind_index, index_generations

#: The name of the mark among the facts of a decision.
FACT = "password_mark"


def mark_of(user: Any) -> str:
    """Return the mark of a user's password, for the decision that sets it."""
    return _mark(user.pk, user.password, None)


def is_marked(user_id: int, password: str, marks: Collection[str]) -> bool:
    """Return whether one of the marks belongs to a user's password hash."""
    return any(_mark(user_id, password, keys) in marks for keys in range(1, index_generations() + 1))


def _mark(user_id: int, password: str, keys: int | None) -> str:
    return blind_index("password", f"{user_id}|{password}", generations=keys).hex()


#: Nice value of a hashing thread: requests and the database get a core before it.
NICENESS = 10


class HashingBusy(RequestError):
    """Refusal of a request because too many passwords are being hashed; nothing was compared or counted."""

    status = 503
    code = "SIGN_IN_BUSY"
    title = Text("签到人数较多", "Too many sign-ins at once")
    zh = "当前签到人数较多，本次未作任何处理，也不计失败次数。请稍候数秒再试。"
    en = "Many people are signing in at this moment; nothing was done, and it is not counted as a failure. Try again in a few seconds."


class _Hashing:
    """A few hashing threads and a short queue; requests beyond the queue are refused at once."""

    def __init__(self) -> None:
        self.inside = BoundedSemaphore(settings.HASHES_AT_ONCE + settings.HASHES_WAITING)
        self.threads = ThreadPoolExecutor(settings.HASHES_AT_ONCE, "hashing", initializer=_lower_priority)

    def do[T](self, hash_one: Callable[[], T]) -> T:
        """Run one hash in a hashing thread and return its result.

        :raises HashingBusy: when the queue is full, or no thread becomes free after a short wait.
        """
        if not self.inside.acquire(blocking=False):
            raise HashingBusy(retry_after=settings.HASH_WAIT_SECONDS)
        try:
            asked = self.threads.submit(hash_one)
            try:
                return asked.result(settings.HASH_WAIT_SECONDS)
            except TimeoutError:
                if asked.cancel():
                    raise HashingBusy(retry_after=settings.HASH_WAIT_SECONDS) from None
                return asked.result()
        finally:
            self.inside.release()


def _lower_priority() -> None:
    """Lower the priority of this thread and of the threads that it starts.

    Linux only: elsewhere this would change the whole process.
    """
    if sys.platform == "linux":
        os.setpriority(os.PRIO_PROCESS, 0, min(19, os.getpriority(os.PRIO_PROCESS, 0) + NICENESS))


@lru_cache(maxsize=1)
def _hashing() -> _Hashing:
    return _Hashing()


class LimitedArgon2Hasher(Argon2PasswordHasher):
    """Argon2 hasher that uses one core for each hash and limits the hashes at one time in a process."""

    parallelism = 1

    def encode(self, password: Any, salt: Any) -> Any:
        return _hashing().do(lambda: super(LimitedArgon2Hasher, self).encode(password, salt))

    def verify(self, password: Any, encoded: Any) -> Any:
        return _hashing().do(lambda: super(LimitedArgon2Hasher, self).verify(password, encoded))
