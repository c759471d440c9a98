"""One-time codes of the demo's people."""

import time

from config.frames.desk import demo_users

STEP = 30
#: A code of the step before is taken until the next begins: so long before that it is not typed any more.
LATE = 6


def code_of(name: str, *, steps_ahead: int = 0) -> str:
    """Return a person's code; for a past step, wait for the next step if the code is about to expire."""
    left = STEP - time.time() % STEP
    if steps_ahead < 0 and left < LATE:
        time.sleep(left)
    return demo_users.code_of(name, steps_ahead=steps_ahead)
