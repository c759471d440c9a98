"""Help for a sandbox: the sign-in form fills in a demo user, each with an unused one-time code.

All of it is public in the source; a bank without `SANDBOX` has none of it.
"""

import time

from django.conf import settings

from config.frames.desk.demo_users import ADMINISTRATORS, PASSWORD, code_of
from config.kernel.models import Role, SecondFactor

#: Users offered on the sign-in page: one for each role at the desk, a second person where two decide, and the two
#: administrators.
OFFERED = ("teller", "supervisor", "supervisor_2", "compliance", "compliance_2", "auditor", *ADMINISTRATORS)
#: Name of the second factors with the demo's known seeds.
DEVICE = "demo"
STEP_SECONDS = 30


def offered_users() -> list[str]:
    """Return the demo's users that the form can fill in; none outside a sandbox."""
    if not settings.SANDBOX:
        return []
    known = SecondFactor.objects.filter(name=DEVICE, confirmed=True, user__username__in=OFFERED, user__is_active=True)
    names = set(known.values_list("user__username", flat=True))
    return [name for name in OFFERED if name in names]


def demo_sign_in_data(name: str) -> dict[str, str]:
    """Return the sign-in data of a demo user with an unused code; empty for another name."""
    if name not in offered_users():
        return {}
    return {"username": name, "password": PASSWORD, "code": next_code(name)}


def next_code(name: str) -> str:
    """Return a demo user's next unused code: the present one, or the following one."""
    last = SecondFactor.objects.filter(name=DEVICE, user__username=name).values_list("last_t", flat=True).first() or -1
    return code_of(name, steps_ahead=1 if last >= int(time.time()) // STEP_SECONDS else 0)


def offered_word(name: str) -> str:
    """Return how a demo user is offered: the role, and a number for the second person with it."""
    role, _, number = name.partition("_")
    word = Role.word(Role.ADMINISTRATOR if name in ADMINISTRATORS else role)
    return f"{word} {number}" if number else str(word)
