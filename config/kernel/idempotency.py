"""Once: the same key is the same request, and has one effect and one answer.

The key's row is written first and in the transaction of the effects, so a repeat that comes at the
same time waits for it, at most two seconds.
"""

import hmac
import json
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from cryptography.exceptions import InvalidTag
from django.db import OperationalError
from psycopg import errors

from config.kernel.ids import new_id
from config.kernel.refusals import RequestError
from config.kernel.sealed import blind_index, cannot_be_read, seal, seal_context, unseal
from config.kernel.sql import Query, Row, Statement, ask, owe
from config.kernel.transactions import perform

TABLE = "kernel_idempotencykey"
WAIT = "2s"
#: The first waits for nobody, a repeat for the first, and no longer than `WAIT`; what follows waits as it did before.
CLAIM = f"""
WITH usual AS MATERIALIZED (SELECT current_setting('lock_timeout') AS wait),
     here AS MATERIALIZED (SELECT set_config('lock_timeout', '{WAIT}', true) FROM usual)
INSERT INTO kernel_idempotencykey (id, principal_id, key, fingerprint)
SELECT %s, %s, %s, %s FROM here
ON CONFLICT ON CONSTRAINT idempotency_key_once_per_principal DO NOTHING
RETURNING set_config('lock_timeout', (SELECT wait FROM usual), true)
"""  # noqa: S608 - a constant
FIND = "SELECT id, fingerprint, status, body FROM kernel_idempotencykey WHERE principal_id = %s AND key = %s"
PIN = "UPDATE kernel_idempotencykey SET status = %s, body = %s WHERE id = %s"


class KeyMissing(RequestError):
    """Reject a changing request without a usable key."""

    code = "IDEMPOTENCY_KEY_MISSING"
    zh = "缺少 Idempotency-Key，或其不是1至255个可见的ASCII字符。未作任何处理。"
    en = "Idempotency-Key is missing or is not 1 to 255 visible ASCII characters. Nothing was done."


class KeyReused(RequestError):
    """Reject a key that stood for another request."""

    status = 422
    code = "IDEMPOTENCY_KEY_REUSED"
    zh = "该 Idempotency-Key 已用于另一请求，不能用于本请求。请换用新的键。"
    en = "This Idempotency-Key stood for another request. Use a new one."


class KeyInProgress(RequestError):
    """Reject a repeat while the first is still being worked on."""

    status = 409
    code = "IDEMPOTENCY_KEY_IN_PROGRESS"
    zh = "使用同一 Idempotency-Key 的请求正在处理中，请稍后以同一键重试。"
    en = "The request with this Idempotency-Key is still being worked on. Retry with the same key."


@dataclass(frozen=True, slots=True)
class Answer:
    """An answer as it was first given: status and exact body."""

    status: int
    body: bytes


@dataclass(frozen=True, slots=True)
class Claim:
    """A key's row: taken by this request, or holding the first one's answer."""

    row_id: UUID
    answer: Answer | None


class Taken(Exception):
    """Ends the work of a request whose key was taken by another before."""


def check_key(key: str | None) -> str:
    """Return the key if it is 1 to 255 visible ASCII characters.

    :raises KeyMissing: otherwise.
    """
    if not key or len(key) > 255 or not all("!" <= character <= "~" for character in key):
        raise KeyMissing
    return key


def fingerprint(method: str, path: str, body: Any) -> bytes:
    """Return the keyed hash of a request as it was parsed; key order and spacing do not matter.

    :returns: 32 bytes.
    """
    canonical = json.dumps(body, sort_keys=True, ensure_ascii=True, separators=(",", ":"), default=_number)
    return blind_index("request", f"{method} {path} {canonical}")


def _number(value: Any) -> dict[str, str]:
    # A parsed decimal number, written so that it is never taken for the text of the same digits.
    return {"number": str(value)}


def find(principal_id: UUID, key: str, print_of_request: bytes) -> Answer | None:
    """Return the answer pinned to a key, or None when there is none yet.

    :raises KeyReused: when the key stood for another request.
    """
    found = ask(Statement(FIND, [principal_id, key]))
    return _answer_in(found[0], print_of_request) if found else None


def is_known(principal_id: UUID, key: str) -> bool:
    """Say whether a key was taken."""
    return bool(ask(Statement(FIND, [principal_id, key])))


def claim(principal_id: UUID, key: str, print_of_request: bytes) -> Claim:
    """Take the key for this request, or find the answer of the first.

    :param key: as the client sent it.
    :param print_of_request: as `fingerprint` returns it.
    :returns: the row that was taken, or the answer pinned to it.
    :raises KeyReused: when the key stood for another request.
    :raises KeyInProgress: when the first is not done after two seconds.
    """
    row_id = new_id()
    try:
        taken = ask(Statement(CLAIM, [row_id, principal_id, key, print_of_request]))
    except OperationalError as error:
        if _waited_for_key(error):
            raise KeyInProgress from None
        raise
    if taken:
        return Claim(row_id, None)
    answer = find(principal_id, key, print_of_request)
    if answer is None:
        raise KeyInProgress
    return Claim(row_id, answer)


def work_once[T: Answer | None](principal_id: UUID, key: str, print_of_request: bytes, work: Callable[[], T]) -> T:
    """Run `work` in one transaction with the key's row, and keep its answer with the key.

    The row is written with the first that `work` asks of the database; the answer leaves with COMMIT. Work that comes
    to no answer is committed, too, and leaves the key free.

    :param key: as the client sent it.
    :param print_of_request: as `fingerprint` returns it.
    :raises Taken: when another request has the key: nothing was done.
    :raises KeyInProgress: when the first is not done after two seconds.
    """

    def claimed() -> T:
        row_id = new_id()
        owe(Query(CLAIM, [row_id, principal_id, key, print_of_request], answered))
        answer = work()
        owe(_free(row_id) if answer is None else _pinned(row_id, answer))
        return answer

    def answered(found: list[Row]) -> None:
        if not found:
            raise Taken

    try:
        return perform(claimed)
    except OperationalError as error:
        if _waited_for_key(error):
            raise KeyInProgress from None
        raise


def _waited_for_key(error: OperationalError) -> bool:
    """Say whether the first request's row was waited for in vain, and not a lock that the work asks for.

    Both may be asked for in one round trip. The server names the table in whose row it waited for a transaction.
    """
    cause = error.__cause__
    return isinstance(cause, errors.LockNotAvailable) and TABLE in (cause.diag.context or "")


def pin(claimed: Claim, answer: Answer) -> None:
    """Keep the answer with the key, sealed, in the transaction of the effects."""
    owe(_pinned(claimed.row_id, answer))


def _pinned(row_id: UUID, answer: Answer) -> Statement:
    return Statement(PIN, [answer.status, sealed_answer(row_id, answer), row_id])


def sealed_answer(row_id: UUID, answer: Answer) -> bytes:
    """Return an answer's body as the row of its key keeps it."""
    return seal(answer.body.decode(), where=_place(row_id))


def release(claimed: Claim) -> None:
    """Give a key back that this request took, so that it may stand for another try."""
    owe(_free(claimed.row_id))


def _free(row_id: UUID) -> Statement:
    return Statement("DELETE FROM kernel_idempotencykey WHERE id = %s AND status IS NULL", [row_id])


def _answer_in(row: Row, print_of_request: bytes) -> Answer | None:
    if not hmac.compare_digest(bytes(row["fingerprint"]), print_of_request):
        raise KeyReused
    if row["status"] is None:
        return None
    where = _place(row["id"])
    try:
        return Answer(row["status"], unseal(row["body"], where=where).encode())
    except (InvalidTag, ValueError) as error:
        # What was done is not done again, and what was answered is lost.
        cannot_be_read(where, error)
        raise


def _place(row_id: UUID) -> str:
    return seal_context("kernel_idempotencykey", "body", row_id)
