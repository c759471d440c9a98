"""The keys of requests that are worked on together: each is the same request, and has one effect and one answer.

As in `config.kernel.idempotency`, the keys' rows are written first and in the transaction of the effects.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from uuid import UUID

from config.kernel.idempotency import Answer, find, sealed_answer
from config.kernel.ids import new_id
from config.kernel.sql import Query, Row, Statement, owe
from config.kernel.transactions import transaction_required

# In one order, so that two sets cannot wait for each other. Whoever has one of the keys still at work is not waited for,
# nor is whoever holds any lock that the transaction asks for afterwards.
CLAIM = """
WITH here AS MATERIALIZED (SELECT set_config('lock_timeout', %s, true))
INSERT INTO kernel_idempotencykey (id, principal_id, key, fingerprint)
SELECT c.* FROM here, unnest(%s::uuid[], %s::uuid[], %s::text[], %s::bytea[]) AS c
ON CONFLICT ON CONSTRAINT idempotency_key_once_per_principal DO NOTHING
RETURNING id
"""
PIN = """
UPDATE kernel_idempotencykey k SET status = p.status, body = p.body
FROM unnest(%s::uuid[], %s::smallint[], %s::bytea[]) AS p(id, status, body) WHERE k.id = p.id
"""
FREE = "DELETE FROM kernel_idempotencykey WHERE id = ANY(%s::uuid[]) AND status IS NULL"


@dataclass(frozen=True, slots=True)
class RequestKey:
    """Under which key a request came, and which request it is.

    :ivar print_of_request: as `config.kernel.idempotency.fingerprint` returns it.
    """

    principal_id: UUID
    key: str
    print_of_request: bytes

    def answer(self) -> Answer | None:
        """Return the answer that was given to it, None when there is none yet.

        :raises KeyReused: when the key stood for another request.
        """
        return find(self.principal_id, self.key, self.print_of_request)


class Claims:
    """The keys of a set of requests, no two the same.

    :ivar free: of which of them, by place in the set, this transaction has the key; known after its next round trip.
    """

    def __init__(self, requests: Sequence[RequestKey]) -> None:
        self.requests = requests
        self.row_ids = [new_id() for _ in requests]
        self.free: frozenset[int] = frozenset()

    @transaction_required
    def take(self, *, wait: str) -> None:
        """Take the keys with the next round trip.

        :param wait: how long this transaction waits for any lock, as PostgreSQL writes it.
        """
        ordered = sorted(
            zip(self.row_ids, self.requests, strict=True), key=lambda each: (each[1].principal_id, each[1].key)
        )
        values = [
            wait,
            [row_id for row_id, _ in ordered],
            [each.principal_id for _, each in ordered],
            [each.key for _, each in ordered],
            [each.print_of_request for _, each in ordered],
        ]
        owe(Query(CLAIM, values, self._taken))

    def _taken(self, found: list[Row]) -> None:
        taken = {row["id"] for row in found}
        self.free = frozenset(place for place, row_id in enumerate(self.row_ids) if row_id in taken)

    @transaction_required
    def pin(self, answers: Mapping[int, Answer]) -> None:
        """Keep answers with their keys, by place; give the other keys back that were taken."""
        if answers:
            rows = [(self.row_ids[place], answer) for place, answer in answers.items()]
            bodies = [sealed_answer(row_id, answer) for row_id, answer in rows]
            owe(Statement(PIN, [[row_id for row_id, _ in rows], [answer.status for _, answer in rows], bodies]))
        if back := [self.row_ids[place] for place in self.free - answers.keys()]:
            owe(Statement(FREE, [back]))
