"""Idempotency: requests with the same key are the same request, with one effect and one answer.

The row of the key is written first, in the transaction of the effects, so a simultaneous repeat waits for it,
at most two seconds. Requests that are processed together (`Claims`) write their rows together.
"""

import hmac
import json
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from cryptography.exceptions import InvalidTag
from django.db import OperationalError
from psycopg import errors

from config.kernel.database.ids import new_id
from config.kernel.database.sql import Query, Row, Statement, ask, owe
from config.kernel.database.transactions import perform, transaction_required
from config.kernel.law.refusals import RequestError
from config.kernel.law.text import Text
from config.kernel.vault.sealed import blind_index, cannot_be_read, seal, seal_context, unseal

TABLE = "kernel_idempotencykey"
WAIT = "2s"
#: A first request does not wait; a repeat waits for the first, no longer than the given time; later statements have the
#: usual `lock_timeout`. Several keys are written in one order, so that two sets cannot block each other. The time
#: applies to the first key; a caller with several limits all waits of its transaction beforehand (`wait_at_most`).
_CLAIM = """
WITH usual AS MATERIALIZED (SELECT current_setting('lock_timeout') AS wait),
     here AS MATERIALIZED (SELECT set_config('lock_timeout', %s, true) FROM usual)
INSERT INTO kernel_idempotencykey (id, principal_id, key, fingerprint)
SELECT c.* FROM here, unnest(%s::uuid[], %s::uuid[], %s::text[], %s::bytea[]) AS c
ON CONFLICT ON CONSTRAINT idempotency_key_once_per_principal DO NOTHING
RETURNING id, set_config('lock_timeout', (SELECT wait FROM usual), true)
"""
_FIND = "SELECT id, fingerprint, status, body FROM kernel_idempotencykey WHERE principal_id = %s AND key = %s"
_KNOWN = """
SELECT k.principal_id, k.key FROM kernel_idempotencykey k
JOIN unnest(%s::uuid[], %s::text[]) AS c(principal_id, key) ON c.principal_id = k.principal_id AND c.key = k.key
"""
_STORE = """
UPDATE kernel_idempotencykey k SET status = p.status, body = p.body
FROM unnest(%s::uuid[], %s::smallint[], %s::bytea[]) AS p(id, status, body) WHERE k.id = p.id
"""
_FREE = "DELETE FROM kernel_idempotencykey WHERE id = ANY(%s::uuid[]) AND status IS NULL"


class KeyMissing(RequestError):
    """Error for a changing request without a valid key."""

    code = "IDEMPOTENCY_KEY_MISSING"
    title = Text("缺少幂等键", "Idempotency key missing")
    zh = "缺少 Idempotency-Key，或其不是1至255个可见的ASCII字符。未作任何处理。"
    en = "Idempotency-Key is missing or is not 1 to 255 visible ASCII characters. Nothing was done."


class KeyReused(RequestError):
    """Error for a key that was used for another request."""

    status = 422
    code = "IDEMPOTENCY_KEY_REUSED"
    title = Text("幂等键已用于他项", "Idempotency key reused")
    zh = "该 Idempotency-Key 已用于另一请求，不能用于本请求。请换用新的键。"
    en = "This Idempotency-Key was used for another request. Use a new one."


class KeyInProgress(RequestError):
    """Error for a repeat while the first request is still being processed."""

    status = 409
    code = "IDEMPOTENCY_KEY_IN_PROGRESS"
    title = Text("同键请求处理中", "Idempotency key in progress")
    zh = "使用同一 Idempotency-Key 的请求正在处理中，请稍后以同一键重试。"
    en = "The request with this Idempotency-Key is still being worked on. Retry with the same key."


@dataclass(frozen=True, slots=True)
class RenderedAnswer:
    """A stored answer: status and exact body."""

    status: int
    body: bytes


@dataclass(frozen=True, slots=True)
class RequestKey:
    """The idempotency key of a request, with the fingerprint of the request.

    :ivar print_of_request: as `fingerprint` returns it.
    """

    principal_id: UUID
    key: str
    print_of_request: bytes

    def answer(self) -> RenderedAnswer | None:
        """Return the answer already given to this request; None without one.

        :raises KeyReused: when the key was used for another request.
        """
        found = ask(Statement(_FIND, [self.principal_id, self.key]))
        return _answer_in(found[0], self.print_of_request) if found else None


@dataclass(frozen=True, slots=True)
class Claim:
    """The row of a key: newly taken by this request, or with the answer of the first request."""

    row_id: UUID
    answer: RenderedAnswer | None


class KeyTaken(Exception):
    """Ends the work of a request whose key another request has taken."""


def check_key(key: str | None) -> str:
    """Return the key if it has 1 to 255 visible ASCII characters.

    :raises KeyMissing: otherwise.
    """
    if not key or len(key) > 255 or not all("!" <= character <= "~" for character in key):
        raise KeyMissing
    return key


def fingerprint(method: str, path: str, body: Any) -> bytes:
    """Return the keyed hash of a parsed request; the order of JSON keys and spacing do not matter.

    :returns: 32 bytes.
    """
    canonical = json.dumps(body, sort_keys=True, ensure_ascii=True, separators=(",", ":"), default=_number)
    return blind_index("request", f"{method} {path} {canonical}")


def _number(value: Any) -> dict[str, str]:
    # A parsed decimal number, in a form that differs from a text of the same digits.
    return {"number": str(value)}


def known_keys(keys: Sequence[RequestKey]) -> set[RequestKey]:
    """Return those of some keys that were used, whether for the same request or for another one."""
    found = ask(Statement(_KNOWN, [[each.principal_id for each in keys], [each.key for each in keys]]))
    known = {(row["principal_id"], row["key"]) for row in found}
    return {each for each in keys if (each.principal_id, each.key) in known}


def is_known(principal_id: UUID, key: str) -> bool:
    """Return whether a key was used."""
    return bool(ask(Statement(_FIND, [principal_id, key])))


def claim(key: RequestKey) -> Claim:
    """Take the key for this request, or return the answer of the first request.

    :returns: the new row, or the row with the answer.
    :raises KeyReused: when the key was used for another request.
    :raises KeyInProgress: when the first request is not finished after two seconds.
    """
    row_id = new_id()
    with _waiting_for_key():
        if ask(Statement(_CLAIM, _claimed([(row_id, key)], WAIT))):
            return Claim(row_id, None)
    answer = key.answer()
    if answer is None:
        raise KeyInProgress
    return Claim(row_id, answer)


def work_once[T: RenderedAnswer | None](key: RequestKey, work: Callable[[], T]) -> T:
    """Run `work` in one transaction with the key's row, and store its answer with the key.

    The row is written with the first query of `work`; the answer is written with COMMIT. Work without an answer
    is committed too, and leaves the key free.

    :raises KeyTaken: when another request has the key; nothing was done.
    :raises KeyInProgress: when the first request is not finished after two seconds.
    """

    def claimed() -> T:
        row_id = new_id()
        owe(Query(_CLAIM, _claimed([(row_id, key)], WAIT), answered))
        answer = work()
        owe(_free([row_id]) if answer is None else _stored({row_id: answer}))
        return answer

    def answered(rows: list[Row]) -> None:
        if not rows:
            raise KeyTaken

    with _waiting_for_key():
        return perform(claimed)


@contextmanager
def _waiting_for_key() -> Iterator[None]:
    """Raise `KeyInProgress` when the wait for a key's row timed out, but not for other locks.

    Both may be requested in one round trip. The server's error names the table of the row that was waited for.
    """
    try:
        yield
    except OperationalError as error:
        cause = error.__cause__
        if isinstance(cause, errors.LockNotAvailable) and TABLE in (cause.diag.context or ""):
            raise KeyInProgress from None
        raise


class Claims:
    """The distinct keys of requests that are processed together.

    :ivar taken_positions: positions of the keys that this transaction has taken; known after its next round trip.
    """

    def __init__(self, requests: Sequence[RequestKey]) -> None:
        self.requests = requests
        self.row_ids = [new_id() for _ in requests]
        self.taken_positions: frozenset[int] = frozenset()

    @transaction_required
    def take(self, *, wait: str) -> None:
        """Take the keys with the next round trip.

        :param wait: how long to wait for another request with one of the keys, as PostgreSQL writes it.
        """
        owe(Query(_CLAIM, _claimed(zip(self.row_ids, self.requests, strict=True), wait), self._taken))

    def _taken(self, rows: list[Row]) -> None:
        taken = {row["id"] for row in rows}
        self.taken_positions = frozenset(place for place, row_id in enumerate(self.row_ids) if row_id in taken)

    @transaction_required
    def store_answers(self, answers: Mapping[int, RenderedAnswer]) -> None:
        """Store answers with their keys, by position; release the taken keys without an answer."""
        if answers:
            owe(_stored({self.row_ids[place]: answer for place, answer in answers.items()}))
        if back := [self.row_ids[place] for place in self.taken_positions - answers.keys()]:
            owe(_free(back))


def _claimed(rows: Iterable[tuple[UUID, RequestKey]], wait: str) -> list[Any]:
    ordered = sorted(rows, key=lambda each: (each[1].principal_id, each[1].key))
    return [
        wait,
        [row_id for row_id, _ in ordered],
        [key.principal_id for _, key in ordered],
        [key.key for _, key in ordered],
        [key.print_of_request for _, key in ordered],
    ]


def store_answer(claimed: Claim, answer: RenderedAnswer) -> None:
    """Store the sealed answer with the key, in the transaction of the effects."""
    owe(_stored({claimed.row_id: answer}))


def _stored(answers: Mapping[UUID, RenderedAnswer]) -> Statement:
    bodies = [seal(answer.body.decode(), where=_place(row_id)) for row_id, answer in answers.items()]
    return Statement(_STORE, [list(answers), [answer.status for answer in answers.values()], bodies])


def release(claimed: Claim) -> None:
    """Release a key that this request took, so that it can be used for another attempt."""
    owe(_free([claimed.row_id]))


def _free(row_ids: list[UUID]) -> Statement:
    return Statement(_FREE, [row_ids])


def _answer_in(row: Row, print_of_request: bytes) -> RenderedAnswer | None:
    if not hmac.compare_digest(bytes(row["fingerprint"]), print_of_request):
        raise KeyReused
    if row["status"] is None:
        return None
    where = _place(row["id"])
    try:
        return RenderedAnswer(row["status"], unseal(row["body"], where=where).encode())
    except (InvalidTag, ValueError) as error:
        # The effects stay and are not repeated; the stored answer is lost.
        cannot_be_read(where, error)
        raise


def _place(row_id: UUID) -> str:
    return seal_context("kernel_idempotencykey", "body", row_id)
