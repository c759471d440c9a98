"""Rate limits: wrong keys, look-ups without a result, payee inquiries.

The counts are in Redis, shared by all web processes; if Redis is unavailable, each process counts for itself,
so that a limit always exists.
"""

import logging
import time
from collections.abc import Callable
from functools import lru_cache
from typing import cast

from django.conf import settings
from limits import RateLimitItemPerMinute
from limits.storage import MemoryStorage, Storage, storage_from_string
from limits.strategies import FixedWindowRateLimiter, MovingWindowRateLimiter
from redis.exceptions import RedisError

log = logging.getLogger("bank.limiter")


@lru_cache(maxsize=1)
def _shared() -> Storage:
    url = settings.REDIS_CLIENT_URL.replace("unix://", "redis+unix://", 1)
    return cast("Storage", storage_from_string(url, socket_timeout=1, socket_connect_timeout=1))


@lru_cache(maxsize=1)
def _own() -> Storage:
    return MemoryStorage()


def hit(what: str, who: str, *, per_minute: int) -> int:
    """Count one act; return 0 within the limit, else the seconds to wait."""
    return _wait(FixedWindowRateLimiter.hit, what, who, per_minute)


def exhausted(what: str, who: str, *, per_minute: int) -> int:
    """Return the seconds to wait when the limit is used up, else 0, without counting."""
    return _wait(FixedWindowRateLimiter.test, what, who, per_minute)


def reaches(what: str, who: str, *, per_minute: int) -> bool:
    """Count one act; return whether it is the last one allowed within the minute. The next one starts a new count."""
    item = RateLimitItemPerMinute(per_minute - 1, namespace="bank")
    for storage in (_shared, _own):
        try:
            limiter = MovingWindowRateLimiter(storage())
            if limiter.hit(item, what, who):
                return False
            limiter.clear(item, what, who)
            return True
        except (RedisError, OSError):
            log.warning("the shared limiter is away; counting in this process")
    return False


def _wait(within: Callable[..., bool], what: str, who: str, per_minute: int) -> int:
    """Return the seconds to wait by the shared limiter, or by the local one when that is unavailable; 0 if allowed."""
    item = RateLimitItemPerMinute(per_minute, namespace="bank")
    for storage in (_shared, _own):
        try:
            limiter = FixedWindowRateLimiter(storage())
            if within(limiter, item, what, who):
                return 0
            return max(1, int(limiter.get_window_stats(item, what, who).reset_time - time.time()) + 1)
        except (RedisError, OSError):
            log.warning("the shared limiter is away; counting in this process")
    return 0
