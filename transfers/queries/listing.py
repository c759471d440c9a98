"""Transfers in every status by filters (转账查询), of the bank, a customer or an account, by page.

Not every filter has an index, and none is added only for a page. A query reads an existing index (all by id, by
status, or by account, each in order of time) up to a maximum number of transfers. It filters, counts and sorts these.
If it stops before the end of the requested days, the page says so.

An id contains the time of its row, which the proof checks (`config.kernel.database.id_times`), so days limit the range
of ids. In a sandbox they do not, because its clock is moved.
"""

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from enum import StrEnum
from uuid import UUID

from django.conf import settings

from config.kernel.database.id_times import TOLERANCE_SECONDS
from config.kernel.database.sql import rows
from config.kernel.law.money import Fen
from config.kernel.models import numbered
from transfers.models import Transfer
from transfers.vocabulary import TransferStatus

#: Maximum of transfers that a query reads.
LOOKED_THROUGH_MAX = 20_000
_FIRST, _LAST = UUID(int=0), UUID(int=2**128 - 1)
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
#: Statuses in which a transfer has a refusal code.
_CODED = (TransferStatus.REFUSED, TransferStatus.RETURNED)


class ListOrder(StrEnum):
    """Sort key of a list."""

    TIME = "time"
    AMOUNT = "amount"
    DUE = "due"


@dataclass(frozen=True, slots=True)
class ListFilter:
    """Filters of a list of transfers.

    :ivar begins_at: start of the acceptance, inclusive; None for no limit.
    :ivar ends_at: end, exclusive; None for no limit.
    :ivar amount_from_fen: in fen, inclusive; so is `amount_to_fen`.
    :ivar code: code of the refusal, at acceptance or when due.
    :ivar account_ids: accounts of one customer, or one account; None for the whole bank.
    :ivar up: ascending: oldest, smallest or next due first.
    """

    begins_at: datetime | None = None
    ends_at: datetime | None = None
    status: str = ""
    channel: str = ""
    amount_from_fen: Fen | None = None
    amount_to_fen: Fen | None = None
    code: str = ""
    account_ids: tuple[UUID, ...] | None = None
    order: ListOrder = ListOrder.TIME
    up: bool = False


@dataclass(frozen=True, slots=True)
class ListPage:
    """A page of transfers.

    :ivar count: number of matches among the transfers read; from this page on if sorted by time.
    :ivar next_after: the transfer after which the next page begins; None on the last page.
    :ivar looked_to: instant of the last transfer read, if the query stopped before the end of the requested days.
    """

    transfers: list[Transfer]
    count: int
    total_fen: Fen
    next_after: UUID | None
    looked_to: datetime | None = None


_COLUMNS = "t.id, t.status, t.channel, t.amount_fen, t.accepted_at, t.due_at, t.outcome_code"
_WALK = """
(SELECT {columns} FROM transfers_transfer t WHERE {among} t.id > %(low)s AND t.id < %(high)s
 ORDER BY t.id {way} LIMIT %(most)s)
"""
_OF_ACCOUNTS = """
(SELECT walked.* FROM unnest(%(accounts)s::uuid[]) AS asked(id) CROSS JOIN LATERAL {walk} walked)
"""
_LOOK = """
WITH looked AS MATERIALIZED (
    SELECT * FROM ({walks}) walked ORDER BY id {walked_way} LIMIT %(most)s
), matching AS MATERIALIZED (
    SELECT * FROM looked
    WHERE (%(begins)s::timestamptz IS NULL OR accepted_at >= %(begins)s)
      AND (%(ends)s::timestamptz IS NULL OR accepted_at < %(ends)s)
      AND (%(status)s = '' OR status = %(status)s) AND (%(channel)s = '' OR channel = %(channel)s)
      AND (%(code)s = '' OR outcome_code = %(code)s)
      AND (%(amount_from)s::bigint IS NULL OR amount_fen >= %(amount_from)s)
      AND (%(amount_to)s::bigint IS NULL OR amount_fen <= %(amount_to)s)
)
SELECT (SELECT count(*) FROM matching) AS count, (SELECT coalesce(sum(amount_fen), 0) FROM matching) AS fen,
       (SELECT count(*) FROM looked) AS looked,
       (SELECT id FROM looked ORDER BY id {back} LIMIT 1) AS last_id,
       (SELECT accepted_at FROM looked ORDER BY id {back} LIMIT 1) AS last_at,
       ARRAY(SELECT id FROM matching {beyond} ORDER BY {key} {way}, id {way} LIMIT %(shown)s) AS ids
"""
# The accepted data never change, so a row keeps its place in a list, whatever its status.
_BEYOND = "WHERE ({key}, id) {sign} (SELECT {key}, id FROM transfers_transfer WHERE id = %(after)s)"


def transfers_like(
    wanted: ListFilter, *, limit: int, after: UUID | None = None, most: int = LOOKED_THROUGH_MAX
) -> ListPage:
    """Return a page of the transfers that match the filters, in two queries.

    :param limit: rows of a page, above zero.
    :param after: the last transfer on the previous page.
    :param most: maximum of transfers to read.
    """
    by_time = wanted.order is ListOrder.TIME
    low, high = _bounds(wanted)
    if by_time and after is not None:
        low, high = (max(low, after), high) if wanted.up else (low, min(high, after))
    ways = ("ASC", "DESC") if wanted.up else ("DESC", "ASC")
    # By amount or due time, the newest transfers are read, whichever comes first.
    walked_way, back = ways if by_time else ("DESC", "ASC")
    key = _key(wanted)
    beyond = _BEYOND.format(key=key, sign=">" if wanted.up else "<") if after is not None and not by_time else ""
    text = _LOOK.format(
        walks=_walks(wanted, walked_way), walked_way=walked_way, back=back, way=ways[0], key=key, beyond=beyond
    )
    params = {
        "low": low,
        "high": high,
        "most": most + 1,
        "accounts": list(wanted.account_ids or ()),
        "begins": wanted.begins_at,
        "ends": wanted.ends_at,
        "status": wanted.status,
        "channel": wanted.channel,
        "code": wanted.code,
        "amount_from": wanted.amount_from_fen,
        "amount_to": wanted.amount_to_fen,
        "shown": limit + 1,
        "after": after,
    }
    (found,) = rows(text, params)
    ids, capped = found["ids"], found["looked"] > most
    next_after = ids[limit - 1] if len(ids) > limit else found["last_id"] if capped and by_time else None
    kept = Transfer.objects.filter(pk__in=ids[:limit]).defer("memo", "screen_evidence", "cancel_reason")
    known = {row.pk: row for row in kept}
    shown = [known[each] for each in ids[:limit]]
    return ListPage(shown, found["count"], int(found["fen"]), next_after, found["last_at"] if capped else None)


def transfers_by_reference(reference: bytes, *, most: int) -> list[Transfer]:
    """Return the transfers with a number on their slips: one, unless several ids end alike."""
    found = numbered(Transfer, reference)
    return list(found.defer("memo", "screen_evidence", "cancel_reason").order_by("-pk")[:most])


def _walks(wanted: ListFilter, way: str) -> str:
    """Return the index reads that together cover all possible matches; `way` is the order."""
    if wanted.account_ids is not None:
        # A payee does not see transfers that were not accepted.
        sides = ("t.payer_account_id = asked.id AND", "t.payee_account_id = asked.id AND t.status <> 'refused' AND")
        # Nor the reason of a later refusal.
        walks = [_OF_ACCOUNTS.format(walk=_walk(side, way)) for side in sides[: 1 if wanted.code else 2]]
    else:
        states = [wanted.status] if wanted.status else [each.value for each in _CODED] if wanted.code else []
        # Nearly all transfers are posted: these have no index of their own.
        named = [each for each in states if each in TransferStatus.values and each != TransferStatus.POSTED]
        walks = [_walk(f"t.status = '{each}' AND", way) for each in named] or [_walk("", way)]
    return " UNION ".join(walks)


def _walk(among: str, way: str) -> str:
    return _WALK.format(columns=_COLUMNS, among=among, way=way)


def _key(wanted: ListFilter) -> str:
    if wanted.order is ListOrder.DUE:
        # A refused transfer was never due: it comes last in both directions.
        return f"coalesce(due_at, '{'infinity' if wanted.up else '-infinity'}')"
    return "amount_fen" if wanted.order is ListOrder.AMOUNT else "id"


def _bounds(wanted: ListFilter) -> tuple[UUID, UUID]:
    """Return the two ids, both exclusive, between which the rows of the requested days lie."""
    if settings.SANDBOX:
        return _FIRST, _LAST
    slack = timedelta(seconds=TOLERANCE_SECONDS)
    low = _id_of(wanted.begins_at - slack) if wanted.begins_at else _FIRST
    return low, _id_of(wanted.ends_at + slack) if wanted.ends_at else _LAST


def _id_of(instant: datetime) -> UUID:
    """Return the smallest UUIDv7 of an instant."""
    milliseconds = max(0, (instant - _EPOCH) // timedelta(milliseconds=1))
    return UUID(int=milliseconds << 80)
