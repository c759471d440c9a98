"""API keys of principals: create, look up by hash, revoke. Two administrators issue a key (`config.people`)."""

import hashlib
import secrets
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from django.utils import timezone

from config.kernel.database.sql import Query, Row, ask
from config.kernel.database.transactions import transaction_required
from config.kernel.models import ApiKey

PREFIX = "bk_"
CALLERS = """
SELECT k.digest, p.id, p.name, p.role, p.person_id FROM kernel_apikey k JOIN kernel_principal p ON p.id = k.principal_id
WHERE k.digest = ANY(%s::bytea[]) AND k.revoked_at IS NULL AND p.active AND (k.expires_at IS NULL OR k.expires_at > clock_timestamp())
AND p.role <> 'administrator' AND NOT EXISTS (
  -- Who administered alone and acts in the bank's business as well does neither until the two are parted.
  SELECT FROM kernel_person n JOIN auth_user u ON u.id = n.user_id WHERE n.id = p.person_id AND u.is_superuser)
"""


@dataclass(frozen=True, slots=True)
class Caller:
    """The authenticated caller of a request: id, name and role of its principal.

    :ivar person_id: the natural person; None for a machine, and until it is looked up.
    """

    id: UUID
    name: str
    role: str
    is_authenticated: bool = True
    person_id: UUID | None = None

    @property
    def pk(self) -> UUID:
        return self.id


def digest_of(key: str) -> bytes:
    """Return the hash under which a key is stored."""
    return hashlib.sha256(key.encode()).digest()


def new_key(principal_id: UUID, **more: Any) -> tuple[str, ApiKey]:
    """Return a new key in plain text and its unsaved row; the plain text is never shown again.

    :param more: further columns: the approval that issues the key, who collects it, when it expires.
    """
    key = PREFIX + secrets.token_urlsafe(32)
    return key, ApiKey(principal_id=principal_id, digest=digest_of(key), hint=key[:7], **more)


def revoke_key(key: ApiKey) -> None:
    """Revoke a key; the next request with it is refused."""
    ApiKey.objects.filter(pk=key.pk, revoked_at=None).update(revoked_at=timezone.now())


@transaction_required
def revoke_keys(principal_id: UUID) -> int:
    """Revoke every key of a principal; return how many were in force."""
    return ApiKey.objects.filter(principal_id=principal_id, revoked_at=None).update(revoked_at=timezone.now())


def caller_of(key: str) -> Caller | None:
    """Return the caller of a valid key of an active principal; None for any other key."""
    digest = digest_of(key)
    return callers_of([digest]).get(digest)


def callers_of(digests: Iterable[bytes]) -> Mapping[bytes, Caller]:
    """Return the callers of valid keys by the hash of the key; invalid keys are left out."""
    return ask(Query(CALLERS, [list(set(digests))], _callers))


def _callers(rows: list[Row]) -> dict[bytes, Caller]:
    return {bytes(row.pop("digest")): Caller(**row) for row in rows}
