"""Known passwords and seeds of the demo's users, sandbox only (`config.people.demo_users` creates them)."""

import base64
import hashlib
import time

from django_otp.oath import TOTP

PASSWORD = "bank-demo-2016-article-5"  # noqa: S105 - the demo's, printed
#: Two, because every administrative act needs two administrators.
ADMINISTRATORS = ("admin", "admin_2")


def seed_of(name: str) -> str:
    """Return a demo user's seed as an authenticator app takes it (base32)."""
    return base64.b32encode(key_of(name)).decode()


def code_of(name: str, *, steps_ahead: int = 0) -> str:
    """Return a demo user's one-time code for now, or for a number of half-minutes ahead."""
    totp = TOTP(key_of(name))
    totp.time = time.time() + 30 * steps_ahead
    return f"{totp.token():06d}"


def key_of(name: str) -> bytes:
    """Return a demo user's seed as bytes."""
    return hashlib.sha256(f"demo-{name}".encode()).digest()[:20]
