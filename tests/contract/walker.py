"""A state machine that walks the OpenAPI document from its first objects along the links.

Schemathesis generates the calls and follows the links. This module chooses the callers, adds what the
document cannot express, and sets how often each kind of call is tried.
"""

from collections import Counter
from typing import Any

from django.db import connection, transaction
from schemathesis.generation.stateful.control import TransitionController

from config.kernel import approvals
from config.kernel.models import Approval
from tests.contract import formats
from tests.contract.fuzzing import CHECKED, roles, schema
from tests.http import ApiClient

formats.register()
#: Only what the document says is valid. No moves of the clock, which wait for a worker, and nothing of a stock or its
#: clean-up, which a bank that begins empty has not: `test_fuzz` and `test_links` have the rest.
SCHEMA = schema(
    generation={"mode": "positive", "codec": "gb2312", "allow-x00": False, "with-security-parameters": False},
    phases={"stateful": {"inference": {"algorithms": []}}},
).exclude(path_regex="/(sandbox|cleanup|stock|blacklist/imports)/?")
Machine: Any = SCHEMA.as_state_machine()

CUSTOMERS, ACCOUNTS = "POST /api/v1/customers", "POST /api/v1/accounts"
#: What asks for no id. All else is come to by a link.
STARTS = {
    CUSTOMERS: 12,
    "POST /api/v1/blacklist/certificates": 4,
    "GET /api/v1/approvals": 3,
    "GET /api/v1/blacklist/certificates": 3,
    "GET /api/v1/transfers": 3,
}
#: One thing named in one of several ways: a link's is laid over a body that may name another.
WAYS = ({"account_id", "card_number"}, {"account_number", "card_number"}, {"document", "phone"})
#: What names nothing where it is made up.
OPAQUE = {"cursor", "payer_account"}
CALLERS = ("teller", "compliance", "supervisor")


class Sparing(TransitionController):
    """Try each pair of calls only until it has succeeded a few times, so that rare pairs are tried too."""

    __slots__ = ("done", "tried")

    def __init__(self, *args: Any) -> None:
        super().__init__(*args)
        self.tried: Counter[tuple[str | None, str]] = Counter()
        self.done: Counter[tuple[str | None, str]] = Counter()

    def _wanted(self, source: str | None, target: str, most: int) -> bool:
        return self.done[source, target] < most // 3 and self.tried[source, target] < most

    def allow_root_transition(self, source: str, bundles: Any) -> bool:
        if self._wanted(None, source, 3 * STARTS.get(source, 0)):
            return True
        # A scenario that can go nowhere is thrown away.
        return source == CUSTOMERS and not self._anything_left(bundles)

    def allow_transition(self, source: str, target: str) -> bool:
        return self._wanted(source, target, 12 if self.transitions.operations[target].outgoing else 6)

    def _anything_left(self, bundles: Any) -> bool:
        given = {
            label
            for name, values in bundles.items()
            if values
            for label in self.transitions.producer_labels_for_bundle(name)
        }
        return any(
            link.source.label in given and self.allow_transition(link.source.label, link.target.label)
            for each in self.transitions.operations.values()
            for link in each.incoming
        )


class Seen:
    """Counts of calls and followed links, with their successes."""

    #: What there is, by the name of the call.
    there: Any = Machine._transitions.operations

    def __init__(self) -> None:
        self.calls: Counter[str] = Counter()
        self.calls_done: Counter[str] = Counter()
        self.links: Counter[str] = Counter()
        self.links_done: Counter[str] = Counter()
        self.refused: Counter[tuple[str, str]] = Counter()

    def note(self, call: str, link: str | None, response: Any) -> None:
        done = response.status_code < 300
        self.calls[call] += 1
        self.calls_done[call] += done
        if link is not None:
            self.links[link] += 1
            self.links_done[link] += done
        if not done:
            problem = response.json()
            self.refused[call, f"{problem['code']} {sorted(problem['fields'])}"] += 1

    def count(self, what: str) -> int:
        """Return how many of a kind occurred."""
        return len(+getattr(self, what))

    def table(self) -> str:
        """Return the counts of attempts and successes as a table."""
        parts = ((self.calls, self.calls_done), (self.links, self.links_done))
        rows = [f"{tried[name]:5} {done[name]:5}  {name}" for tried, done in parts for name in sorted(tried)]
        return "\n".join(
            [*rows, *(f"{count:5}        {' '.join(what)}" for what, count in self.refused.most_common(60))]
        )


class Walk(Machine):
    """One walk: it starts with an empty bank and restores it at the end."""

    clients: dict[tuple[str, str], ApiClient]
    seen: Seen

    def __init__(self) -> None:
        super().__init__()
        self.control = Sparing(self._transitions, self._root_labels)
        self.kinds: dict[str, str] = {}

    def setup(self) -> None:
        self.world = transaction.atomic()
        # The application's own transactions are nested in no other, unless a test begins it.
        self.world._from_testcase = True
        self.world.__enter__()

    def teardown(self) -> None:
        try:
            with connection.cursor() as cursor:
                # What the database looks at when a transaction ends, too.
                cursor.execute("SET CONSTRAINTS ALL IMMEDIATE")
        finally:
            transaction.set_rollback(True)
            self.world.__exit__(None, None, None)
        super().teardown()

    def step(self, input: Any) -> Any:  # noqa: A002 - the machine's word
        case, link = input.case, input.transition
        applied = {name for _, name in input.applied_parameters}
        if case.query:
            case.query = {name: each for name, each in case.query.items() if name in applied or name not in OPAQUE}
        if isinstance(case.body, dict):
            if link is not None and link.request_body is not None and applied:
                one_way(case.body, link.request_body.value.ok())
            self._what_no_document_says(case)
        if "Idempotency-Key" in (case.headers or {}):
            case.headers["Idempotency-Key"] = case.id
        output = super().step(input)
        source = link and self.recorder.cases[link.parent_id].value.operation.label
        self.control.tried[source, case.operation.label] += 1
        self.control.done[source, case.operation.label] += output.response.status_code < 300
        self.seen.note(case.operation.label, link.id if link and input.is_applied else None, output.response)
        if case.operation.label == CUSTOMERS and output.response.status_code == 201:
            self.kinds[output.response.json()["id"]] = case.body["kind"]
        return output

    def _what_no_document_says(self, case: Any) -> None:
        if case.operation.label == ACCOUNTS:
            kind = self.kinds.get(case.body["customer_id"])
            if kind == "organization":
                case.body["account_class"] = "none"
            elif case.body["account_class"] == "none":
                case.body["account_class"] = "II"
        if "payee" in case.body:
            # The channel is the caller's, and only a machine chooses no arrival.
            case.body.pop("channel", None)
            case.body.setdefault("arrival", "next_day")

    def get_call_kwargs(self, case: Any) -> dict[str, Any]:
        return {"headers": {"Authorization": f"Bearer {self._who(case).bearer}"}}

    def _who(self, case: Any) -> ApiClient:
        """Return a permitted client: for a proposal its maker, or another person as checker."""
        path = case.operation.path
        known = (case.path_parameters or {}).get("approval_id")
        approval = Approval.objects.select_related("made_by").filter(pk=known).first() if known else None
        if approval is not None and path.endswith(("/approve", "/reject", "/return")):
            return self.clients[approvals.deciding_role(approval.kind), "other"]
        if approval is not None:
            return self.clients[approval.made_by.role, "maker"]
        may = roles(case.operation)
        # A teller's list has only his own proposals.
        callers = reversed(CALLERS) if path == "/api/v1/approvals" else CALLERS
        return self.clients[next(role for role in callers if role in may), "maker"]

    def validate_response(self, response: Any, case: Any, additional_checks: Any = None, **kwargs: Any) -> None:
        case.validate_response(response, checks=CHECKED, transport_kwargs=kwargs)


def one_way(body: Any, described: Any) -> None:
    """Keep only the linked one of several alternative fields that name a thing."""
    if not (isinstance(body, dict) and isinstance(described, dict)):
        return
    for name, value in described.items():
        one_way(body.get(name), value)
        if body.get(name) == value:
            for other in {each for ways in WAYS if name in ways for each in ways} - {name}:
                body.pop(other, None)
