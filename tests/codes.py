"""One-time codes of the demo's people, as somebody types them in time."""

import time

from config.frames.desk import demo_users

STEP = 30
#: A code of the step before is taken until the next begins: so long before that it is not typed any more.
LATE = 6


def code_of(name: str, *, steps_ahead: int = 0) -> str:
    """Return somebody's code; one of the step before only while it will be taken for a moment still."""
    left = STEP - time.time() % STEP
    if steps_ahead < 0 and left < LATE:
        time.sleep(left)
    return demo_users.code_of(name, steps_ahead=steps_ahead)
