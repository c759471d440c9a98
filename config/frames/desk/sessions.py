"""Sessions of people (会话), limited in number and time; a person can end them from another device.

Each sign-in is a row that its session names, so it can be identified and ended independent of the session's
storage. A session is stored under a hash of its key, so the table contains nothing that a browser could
present.
"""

import hashlib
from datetime import timedelta
from typing import Any
from uuid import UUID

from asgiref.sync import sync_to_async
from django.conf import settings
from django.contrib.auth.models import User
from django.contrib.sessions.backends import db
from django.core import signing
from django.core.exceptions import ValidationError
from django.core.validators import validate_ipv46_address
from django.db.models import QuerySet
from django.http import HttpRequest
from django.utils import timezone

from config.kernel.database.ids import read_id
from config.kernel.database.transactions import transaction_required
from config.kernel.models import SignIn, SignInEnd

SIGN_IN = "desk_sign_in"
#: How long the sign-in in a page or an address still identifies its person.
REMEMBERED = timedelta(hours=24)
_SIGNER = signing.Signer(salt="desk.sign-in")
_END = "_sign_in_end"
_BROWSER_MAX = 200


@transaction_required
def begin(request: HttpRequest, user: User) -> SignIn:
    """Record a sign-in, and end the person's oldest ones beyond the limit."""
    # The lock on the person's row puts simultaneous sign-ins in an order.
    User.objects.select_for_update(no_key=True).get(pk=user.pk)
    begun = SignIn.objects.create(
        user=user, address=_address(request), browser=request.headers.get("User-Agent", "")[:_BROWSER_MAX]
    )
    if settings.SESSIONS_PER_PERSON:
        beyond = active_sign_ins(user.pk).order_by("-at", "-pk").values("pk")[settings.SESSIONS_PER_PERSON :]
        _end(SignIn.objects.filter(pk__in=list(beyond.values_list("pk", flat=True))), SignInEnd.REPLACED)
    return begun


def active_sign_ins(user_id: int) -> QuerySet[SignIn]:
    """Return a person's active sign-ins, the newest first; an idle one may be locked."""
    since = timezone.now() - timedelta(seconds=settings.SESSION_COOKIE_AGE)
    return SignIn.objects.filter(user_id=user_id, ended_at=None, at__gt=since).order_by("-at", "-pk")


def own_id(request: HttpRequest) -> UUID | None:
    """Return the id of this session's sign-in."""
    return read_id(request.session.get(SIGN_IN))


def signed_id(sign_in_id: UUID) -> str:
    """Return the signed id of a sign-in, by which a page or an address identifies its person."""
    return _SIGNER.sign(str(sign_in_id))


def person_of_signed_id(signed: str) -> User | None:
    """Return the person of a sign-in of the last day by its signed id; None if it is invalid."""
    try:
        row_id = read_id(_SIGNER.unsign(signed))
    except signing.BadSignature:
        return None
    return person_of(row_id)


def person_of(sign_in_id: UUID | None) -> User | None:
    """Return the person of a sign-in of the last day, active or not; None without one."""
    since = timezone.now() - REMEMBERED
    row = SignIn.objects.filter(pk=sign_in_id, at__gt=since).select_related("user").first() if sign_in_id else None
    return row.user if row else None


def sign_in_end(request: HttpRequest) -> SignInEnd | None:
    """Return why this session's sign-in has ended, None while it is active; queried once for a request."""
    if not hasattr(request, _END):
        setattr(request, _END, _sign_in_end(request))
    found: SignInEnd | None = getattr(request, _END)
    return found


def _sign_in_end(request: HttpRequest) -> SignInEnd | None:
    row_id = own_id(request)
    if row_id is None:
        return SignInEnd.HOURS
    found = SignIn.objects.filter(pk=row_id).values("at", "ended_at").first()
    if found is None or found["ended_at"] is not None:
        return SignInEnd.REPLACED
    age = (timezone.now() - found["at"]).total_seconds()
    return SignInEnd.HOURS if age > settings.SESSION_COOKIE_AGE else None


def end(request: HttpRequest, how: SignInEnd) -> bool:
    """Record the end of this session's sign-in; return whether it was active."""
    row_id = own_id(request)
    return row_id is not None and _end(SignIn.objects.filter(pk=row_id), how) > 0


def end_all(user_id: int) -> int:
    """End all sign-ins of a person; return how many were active."""
    return _end(SignIn.objects.filter(user_id=user_id), SignInEnd.ELSEWHERE)


def end_own(user: Any, sign_in_id: UUID) -> bool:
    """End a sign-in of the person from another session; return whether it was active."""
    return _end(SignIn.objects.filter(user_id=user.pk, pk=sign_in_id), SignInEnd.ELSEWHERE) > 0


def end_others(request: HttpRequest) -> int:
    """End all other sign-ins of the person; return how many were active."""
    user: Any = request.user
    others = SignIn.objects.filter(user_id=user.pk)
    if own := own_id(request):
        others = others.exclude(pk=own)
    return _end(others, SignInEnd.ELSEWHERE)


def _end(sign_ins: QuerySet[SignIn], how: SignInEnd) -> int:
    return sign_ins.filter(ended_at=None).update(ended_at=timezone.now(), end=how)


def _address(request: HttpRequest) -> str | None:
    address = request.META.get("REMOTE_ADDR") or ""
    try:
        validate_ipv46_address(address)
    except ValidationError:
        return None
    return address


def stored_key(session_key: str) -> str:
    """Return the hash under which a session is stored: 160 bits of SHA-256, the size of the column.

    A key has as many random bits, so no slow hash is needed.
    """
    return hashlib.sha256(session_key.encode()).hexdigest()[:40]


class SessionStore(db.SessionStore):
    """Django's sessions in the database, found by the hash of the browser's key.

    The content of a row is signed for that key, so it is invalid in another row.
    """

    @property
    def key_salt(self) -> str:
        return f"{super().key_salt}.{stored_key(self.session_key)}" if self.session_key else super().key_salt

    def exists(self, session_key: str) -> bool:
        return super().exists(stored_key(session_key))

    def delete(self, session_key: str | None = None) -> None:
        if key := session_key or self.session_key:
            super().delete(stored_key(key))

    def create_model_instance(self, data: dict[str, Any]) -> Any:
        row = super().create_model_instance(data)
        row.session_key = stored_key(row.session_key)
        return row

    def _get_session_from_db(self) -> Any:
        alive = self.model.objects.filter(expire_date__gt=timezone.now())
        found = alive.filter(session_key=stored_key(self.session_key)).first() if self.session_key else None
        if found is None:
            self._session_key = None
        return found

    async def aexists(self, session_key: str) -> bool:
        return await sync_to_async(self.exists)(session_key)

    async def adelete(self, session_key: str | None = None) -> None:
        await sync_to_async(self.delete)(session_key)

    async def acreate_model_instance(self, data: dict[str, Any]) -> Any:
        return await sync_to_async(self.create_model_instance)(data)

    async def _aget_session_from_db(self) -> Any:
        return await sync_to_async(self._get_session_from_db)()
