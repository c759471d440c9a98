"""Write the audit trail (审计轨迹): views with reasons, refusals, and attempts to sign in (通告第六条).

A record is written before the answer is sent. Outside a transaction it is committed at once; inside one it
shares the fate of the transaction, so an act that is about to be undone is recorded afterwards.

Personal data is never plain: `whom` is a blind index (`config.kernel.vault.sealed`), reasons are codes.
"""

import logging
from collections import OrderedDict
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import timedelta
from ipaddress import IPv6Address, ip_address, ip_network
from threading import Lock
from time import monotonic
from typing import Any
from uuid import UUID

from django.conf import settings
from django.db import DatabaseError, connection
from django.http import HttpRequest
from django.utils import timezone

from config.kernel.access.keys import Caller
from config.kernel.database.ids import new_id, read_id
from config.kernel.database.sql import ask, insert
from config.kernel.models import TrailKind, TrailOutcome, TrailRecord, TrailWay
from config.kernel.requests.outages import database_is_away
from config.logs import scrub

log = logging.getLogger("bank.trail")

#: Acts that anybody can repeat at will: in a flood not every act has a row.
_BOUNDED = {
    TrailKind.WRONG_KEY,
    TrailKind.FORBIDDEN,
    TrailKind.WRONG_PASSWORD,
    TrailKind.WRONG_CODE,
    TrailKind.WRONG_ENROLMENT,
    TrailKind.LOCK_OUT,
}
_API, _BACK_OFFICE = "/api/", "/admin/"


@dataclass(frozen=True, slots=True)
class Asker:
    """The caller of a request, with network address and route.

    :ivar address: None if the request has no readable one.
    """

    caller: Caller | None = None
    user_id: int | None = None
    address: str | None = None
    way: TrailWay = TrailWay.COMMAND
    place: str = ""
    request_id: str = ""

    @property
    def key(self) -> str:
        """Return the key for counting floods and budgets: the person, else the network."""
        if self.caller:
            return str(self.caller.id)
        return f"user {self.user_id}" if self.user_id else self.network

    @property
    def network(self) -> str:
        """Return the address; for IPv6 the network of one customer of a provider."""
        return network_of(self.address)


def asker_of(request: HttpRequest | None) -> Asker:
    """Return the asker of a request; an empty one for a command."""
    if request is None:
        return Asker()
    path = request.path
    way = (
        TrailWay.API
        if path.startswith(_API)
        else TrailWay.BACK_OFFICE
        if path.startswith(_BACK_OFFICE)
        else TrailWay.DESK
    )
    known: Any = getattr(request, "user", None)
    caller = known if isinstance(known, Caller) else getattr(request, "caller", None)
    user_id = None if isinstance(known, Caller) or known is None or not known.is_authenticated else known.pk
    match = request.resolver_match
    return Asker(
        caller=caller if isinstance(caller, Caller) else None,
        user_id=user_id,
        address=_address(request.META.get("REMOTE_ADDR", "")),
        way=way,
        place=f"{request.method} {match.route if match else ''}".strip()[:120],
        request_id=scrub(str(getattr(request, "request_id", "")))[:64],
    )


def record(
    kind: TrailKind,
    request: HttpRequest | None,
    *,
    outcome: TrailOutcome = TrailOutcome.DONE,
    code: str = "",
    caller: Caller | None = None,
    user_id: int | None = None,
    count: int = 1,
    **about: Any,
) -> None:
    """Write one record of the trail at once.

    :param request: None for a command.
    :param code: of the refusal; only with `REFUSED`.
    :param caller: who asks, if the request does not know it yet.
    :param user_id: the user whose sign-in is tried, if no user is signed in.
    :param count: number of acts that the record represents.
    :param about: `whom`, `customer_id`, `account_id`, `object_id`, `reason`, as :class:`TrailRecord` has them.
    """
    asker = asker_of(request)
    if kind in _BOUNDED:
        count = _FLOODS.acts_represented(f"{kind} {asker.key if asker.caller else asker.network}")
        if not count:
            return
    row = row_of(asker, kind, outcome, code, caller=caller, user_id=user_id, count=count, **about)
    if outcome == TrailOutcome.REFUSED:
        _write_or_log(row)
    else:
        write(row)


def record_refusal(kind: TrailKind, request: HttpRequest | None, code: str, **about: Any) -> None:
    """Record a refusal; see :func:`record`. An error of the database does not prevent the refusal."""
    record(kind, request, outcome=TrailOutcome.REFUSED, code=code, **about)


def row_of(
    asker: Asker,
    kind: TrailKind,
    outcome: TrailOutcome,
    code: str = "",
    *,
    caller: Caller | None = None,
    user_id: int | None = None,
    **about: Any,
) -> TrailRecord:
    """Return an unsaved record of the trail."""
    who = caller or asker.caller
    return TrailRecord(
        id=new_id(),
        kind=kind.value,
        outcome=outcome.value,
        code=code,
        principal_id=who.id if who else None,
        user_id=asker.user_id if user_id is None else user_id,
        address=asker.address,
        way=asker.way.value,
        place=asker.place,
        request_id=asker.request_id,
        **about,
    )


def write(row: TrailRecord) -> None:
    """Save a record, and log it for the collector of security events."""
    ask(insert(row))
    log_event(row)


def signed_in_from(user_id: int, address: str | None, *, within: timedelta) -> bool:
    """Return whether a user has signed in from an address recently."""
    if address is None:
        return False
    found = TrailRecord.objects.filter(user_id=user_id, kind=TrailKind.SIGN_IN, address=address)
    return found.filter(at__gt=timezone.now() - within).exists()


def _write_or_log(row: TrailRecord) -> bool:
    """Save a record about an act that shows no whole data; if the database fails, only log it."""
    try:
        write(row)
    except DatabaseError as error:
        if connection.in_atomic_block or not database_is_away(error):
            raise
        log.warning("%s not kept: the database does not write", row.kind, extra={"trail": _event(row)})
        return False
    return True


def log_event(row: TrailRecord) -> None:
    """Log a record for a SIEM: codes and ids, without address and without blind indexes."""
    log.info("%s %s", row.kind, row.outcome, extra={"trail": _event(row)})


_LOGGED_FIELDS = (
    "id", "kind", "outcome", "code", "principal_id", "user_id", "customer_id", "account_id", "object_id", "reason", "way",
    "place", "request_id", "count",
)  # fmt: skip


def _event(row: TrailRecord) -> Mapping[str, Any]:
    """Return the parts of a record that may leave the bank's own tables."""
    values = ((name, getattr(row, name)) for name in _LOGGED_FIELDS)
    return {name: str(value) if isinstance(value, UUID) else value for name, value in values if value not in (None, "")}


def record_view(request: HttpRequest, *, found: bool = True, **about: Any) -> None:
    """Record that a caller read a page or answer about a record or a list; repeats within minutes count once."""
    asker = asker_of(request)
    kind = TrailKind.VIEW if about else TrailKind.LISTING
    outcome = TrailOutcome.DONE if not about else TrailOutcome.FOUND if found else TrailOutcome.NOT_FOUND
    what = " ".join(f"{name} {value}" for name, value in about.items()) or asker.place
    key = f"{kind} {outcome} {what}"
    if first_time(asker, key) and not _write_or_log(row_of(asker, kind, outcome, **about)):
        _VIEWS.forget(f"{asker.key} {key}")


def first_time(asker: Asker, what: str) -> bool:
    """Return whether this process sees an act of a caller for the first time within `TRAIL_VIEW_MINUTES`."""
    seconds = settings.TRAIL_VIEW_MINUTES * 60
    return not seconds or not _VIEWS.seen_within(f"{asker.key} {what}", seconds)


def about_path(path: Mapping[str, Any]) -> dict[str, UUID] | None:
    """Return the ids in an address as columns of a trail record; None if one of them is not an id."""
    parts = {name: value for name, value in path.items() if name.endswith("_id")}
    ids = {name: value if isinstance(value, UUID) else read_id(value) for name, value in parts.items()}
    if not all(ids.values()):
        return None
    return {name if name in ("customer_id", "account_id") else "object_id": each for name, each in ids.items() if each}


def network_of(address: str | None) -> str:
    """Return the network used for limits; `-` without an address."""
    if address is None:
        return "-"
    read = ip_address(address)
    return str(ip_network(f"{address}/64", strict=False)) if isinstance(read, IPv6Address) else address


def _address(text: str) -> str | None:
    """Return an address in normal form; None for any other text."""
    try:
        read = ip_address(text.partition("%")[0])
    except ValueError:
        return None
    mapped = read.ipv4_mapped if isinstance(read, IPv6Address) else None
    return str(mapped or read)


class _Remembered:
    """Recent acts known to this process, limited in number; the oldest are dropped first."""

    MOST = 20_000

    def __init__(self) -> None:
        self._since: OrderedDict[str, tuple[float, int]] = OrderedDict()
        self._lock = Lock()

    def seen_within(self, key: str, seconds: float) -> bool:
        """Return whether a key was seen before within a number of seconds of its first time."""
        return self._count(key, seconds) > 1

    def acts_represented(self, key: str) -> int:
        """Return how many acts of a flood a record represents: 1 at first, then a sum at each doubling, else 0."""
        most = settings.TRAIL_ROWS_PER_MINUTE
        count = self._count(key, 60)
        if count <= most:
            return 1
        times, rest = divmod(count, most)
        return count // 2 if not rest and times & (times - 1) == 0 else 0

    def forget(self, key: str | None = None) -> None:
        """Forget one key, or all."""
        with self._lock:
            if key is None:
                self._since.clear()
            else:
                self._since.pop(key, None)

    def _count(self, key: str, seconds: float) -> int:
        now = monotonic()
        with self._lock:
            since, count = self._since.pop(key, (now, 0))
            if now - since >= seconds:
                since, count = now, 0
            self._since[key] = (since, count + 1)
            while len(self._since) > self.MOST:
                self._since.popitem(last=False)
        return count + 1


_FLOODS, _VIEWS = _Remembered(), _Remembered()


def begin_anew() -> None:
    """Clear what this process remembers of floods and views, as after a restart."""
    _FLOODS.forget()
    _VIEWS.forget()
