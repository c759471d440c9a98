"""Authentication of the API: a bearer key identifies one principal with one role."""

from dataclasses import dataclass
from typing import Any

from django.conf import settings
from django.db import InterfaceError, OperationalError, connection
from rest_framework.authentication import BaseAuthentication
from rest_framework.exceptions import AuthenticationFailed
from rest_framework.permissions import BasePermission
from rest_framework.request import Request

from config.frames.api.concurrency import place_given_up
from config.frames.api.errors import TooMany
from config.frames.api.limiter import hit
from config.kernel.access.keys import Caller, callers_of, digest_of
from config.kernel.models import TrailKind
from config.kernel.requests.micro_batches import MicroBatches
from config.kernel.trail import trail


class BearerKey(BaseAuthentication):
    """Authentication by `Authorization: Bearer <key>`."""

    def authenticate(self, request: Request) -> tuple[Caller, None] | None:
        header = request.META.get("HTTP_AUTHORIZATION")
        if header is None:
            return None
        caller = caller_with(header)
        if caller is None:
            address = request.META.get("REMOTE_ADDR", "-")
            wait = hit("wrong-key", address, per_minute=settings.WRONG_KEYS_PER_MINUTE)
            trail.record_refusal(TrailKind.WRONG_KEY, request._request, TooMany.code if wait else "UNAUTHENTICATED")
            if wait:
                raise TooMany(retry_after=wait)
            raise AuthenticationFailed
        return caller, None

    def authenticate_header(self, request: Request) -> str:
        return "Bearer"


def caller_with(header: str) -> Caller | None:
    """Return the caller of the key in an `Authorization` header; None without a valid key."""
    scheme, _, key = header.partition(" ")
    return _caller_of(key) if scheme.lower() == "bearer" and _plausible(key) else None


@dataclass(slots=True, eq=False)
class _KeyLookUp:
    """A key for which the caller is being looked up, and the result."""

    digest: bytes
    caller: Caller | None = None
    answered: bool = False


def _caller_of(key: str) -> Caller | None:
    """Return the caller of a key, looked up together with simultaneous requests."""
    asked = _KeyLookUp(digest_of(key))
    _KEYS.do(asked)
    if not asked.answered:
        _look_up([asked])
    return asked.caller


def _look_up(asked: list[_KeyLookUp]) -> None:
    """Look up keys in the database; a connection that has died since the last request is replaced first.

    This is the first query of a request, so a restart of the database fails no request, and no connection needs a
    check before every request.
    """
    digests = [each.digest for each in asked]
    try:
        found = callers_of(digests)
    except (OperationalError, InterfaceError):
        if connection.in_atomic_block:
            raise
        connection.close()
        found = callers_of(digests)
    for each in asked:
        each.caller, each.answered = found.get(each.digest), True


#: Two queries may run at a time: when one is slow, keys of other requests are read by the second.
_KEYS: MicroBatches[_KeyLookUp] = MicroBatches(
    _look_up, same=id, most=64, teams=2, patience=0.1, limit=10, while_waiting=place_given_up
)


def _plausible(key: str) -> bool:
    return 0 < len(key) <= 128 and key.isascii() and key.isprintable()


class RoleAllows(BasePermission):
    """Permission class: a role may use the methods that its view lists; an unlisted method is 405, not 403."""

    def has_permission(self, request: Request, view: Any) -> bool:
        caller: Any = request.user
        if not isinstance(caller, Caller):
            return False
        method = "GET" if request.method == "HEAD" else request.method
        return may_call(caller, view, method)


def may_call(caller: Caller, view: Any, method: str | None) -> bool:
    """Return whether a view (or view class) allows a method to a caller's role."""
    roles = getattr(view, "roles", {}).get(method)
    return roles is None or caller.role in roles
