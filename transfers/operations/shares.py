"""Watch who releases: when much is left to the watcher, Celery is not doing its work, and nobody else would tell."""

import logging
import time
from collections import deque

from transfers.queries.heartbeats import released_so_far
from transfers.vocabulary import ReleasedBy

log = logging.getLogger("bank.watcher")

LOOK_EVERY_SECONDS = 60
#: The share is taken over so many looks.
LOOKS = 5
#: From this share on there is an alarm.
ALARM_SHARE = 0.1
#: Fewer releases by the watcher than this are no sign.
FEWEST = 20


class Shares:
    """The watcher's share of the releases of the last minutes."""

    def __init__(self) -> None:
        self._seen: deque[tuple[int, int]] = deque(maxlen=LOOKS + 1)
        self._looked_at = -float(LOOK_EVERY_SECONDS)

    def watch(self) -> None:
        """Look once a minute, and raise an alarm when the share is too large."""
        now = time.monotonic()
        if now - self._looked_at < LOOK_EVERY_SECONDS:
            return
        self._looked_at = now
        self.look()

    def look(self) -> None:
        """Look now."""
        released = released_so_far()
        self._seen.append((released[ReleasedBy.WATCHER.value], released[ReleasedBy.CELERY.value]))
        watcher, celery = (last - first for first, last in zip(self._seen[0], self._seen[-1], strict=True))
        if watcher >= FEWEST and watcher >= ALARM_SHARE * (watcher + celery):
            log.error("%d of the last %d releases were left to the watcher", watcher, watcher + celery)
