"""The demo's people at the desk: known passwords, known seeds of the second factor, sandbox only."""

import base64
import hashlib
import time

from django.conf import settings
from django.contrib.auth import get_user_model
from django.core.exceptions import ImproperlyConfigured
from django_otp.oath import TOTP

from config.kernel.models import MACHINES, Principal, SecondFactor

PASSWORD = "bank-demo-2016-article-5"  # noqa: S105 - the demo's, printed
SUPERUSER = "admin"


def seed_of(name: str) -> str:
    """Return a demo user's seed as an authenticator app takes it (base32)."""
    return base64.b32encode(_key(name)).decode()


def code_of(name: str, *, steps_ahead: int = 0) -> str:
    """Return a demo user's code now, or some half-minutes ahead."""
    totp = TOTP(_key(name))
    totp.time = time.time() + 30 * steps_ahead
    return f"{totp.token():06d}"


def ensure_users() -> list[str]:
    """Make a desk user for each person of the demo and one superuser; return their names.

    :raises ImproperlyConfigured: outside a sandbox, where nobody's seed may be known.
    """
    if not settings.SANDBOX:
        raise ImproperlyConfigured("Demo users exist in a sandbox only.")
    people = list(Principal.objects.exclude(role__in=MACHINES).order_by("name"))
    for principal in people:
        principal.user_id = _ensure(principal.name, superuser=False)
        principal.save(update_fields=["user"])
    _ensure(SUPERUSER, superuser=True)
    return [principal.name for principal in people]


def _ensure(name: str, *, superuser: bool) -> int:
    users = get_user_model().objects
    user = users.filter(username=name).first()
    if user is None:
        make = users.create_superuser if superuser else users.create_user
        user = make(username=name, password=PASSWORD)
    SecondFactor.objects.get_or_create(user=user, name="demo", defaults={"key": _key(name).hex(), "tolerance": 1})
    return int(user.pk)


def _key(name: str) -> bytes:
    return hashlib.sha256(f"demo-{name}".encode()).digest()[:20]
