"""Keys of principals: issued once, found by their hash, revoked and rotated."""

import hashlib
import secrets
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from django.utils import timezone

from config.kernel.models import ApiKey, Principal
from config.kernel.sql import Query, Row, ask
from config.kernel.transactions import transaction_required

PREFIX = "bk_"
CALLER = """
SELECT p.id, p.name, p.role FROM kernel_apikey k JOIN kernel_principal p ON p.id = k.principal_id
WHERE k.digest = %s AND k.revoked_at IS NULL AND p.active AND (k.expires_at IS NULL OR k.expires_at > clock_timestamp())
"""


@dataclass(frozen=True, slots=True)
class Caller:
    """Who is asking: what a request knows of its principal."""

    id: UUID
    name: str
    role: str
    is_authenticated: bool = True

    @property
    def pk(self) -> UUID:
        return self.id


def digest_of(key: str) -> bytes:
    """Return the hash a key is stored as."""
    return hashlib.sha256(key.encode()).digest()


def issue_key(principal: Principal, *, expires_at: datetime | None = None) -> str:
    """Make a new key for a principal and return it: the only time it is seen.

    :param expires_at: None for a key without an end.
    """
    key = PREFIX + secrets.token_urlsafe(32)
    ApiKey.objects.create(principal=principal, digest=digest_of(key), hint=key[:7], expires_at=expires_at)
    return key


def revoke_key(key: ApiKey) -> None:
    """Revoke a key; the next request with it is refused."""
    ApiKey.objects.filter(pk=key.pk, revoked_at=None).update(revoked_at=timezone.now())


@transaction_required
def rotate_keys(principal: Principal) -> str:
    """Revoke every key of a principal and issue a new one."""
    ApiKey.objects.filter(principal=principal, revoked_at=None).update(revoked_at=timezone.now())
    return issue_key(principal)


def caller_of(key: str) -> Caller | None:
    """Return whose key this is, if it is in force by the real clock and its principal is active."""
    return ask(Query(CALLER, [digest_of(key)], _caller))


def _caller(found: list[Row]) -> Caller | None:
    return Caller(**found[0]) if found else None
