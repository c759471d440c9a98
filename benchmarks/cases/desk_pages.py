"""Measured desk pages and API lists, with the ids in their addresses and the expected content."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from typing import Any

from benchmarks.cases import desk_stock as stock
from benchmarks.cases.desk_traffic import RARE, RARE_AMOUNT_FEN, RARE_REFUSAL
from benchmarks.cases.seeds import account_number, card_number, citizen
from config.kernel.database.sql import rows

BASELINE = "sign-in"
type Check = Callable[[str], str | None]


@dataclass(frozen=True)
class Page:
    """One request.

    :ivar role: role of the caller; empty for anonymous, `api` for the auditor's key.
    :ivar check: function that returns the error in the answer's text or, for a redirect, in its address.
    """

    name: str
    role: str
    path: str
    check: Check
    post: dict[str, Any] | None = None
    query: dict[str, Any] = field(default_factory=dict)


@dataclass(frozen=True)
class Places:
    """Ids for addresses, looked up once."""

    busy: str
    listed: str
    busy_account: str
    deep_held: str
    posted: str
    certificate: str
    deep_certificate: str
    approval: str
    deep_approval: str
    decision: str
    deep_event: int
    deep_decision: str
    conflict: str
    deep_conflict: str
    loss: str
    lost_account: str
    overdue: int
    small: int
    large: int
    decisions: int


def pages(at: Places) -> Iterator[Page]:
    """Yield every measured page."""
    yield Page(BASELINE, "", "/desk/sign-in", has('name="password"'))
    yield from _first(at)
    yield from _work(at)
    yield from _customers(at)
    yield from _board(at)
    yield from _register(at)
    yield from _evidence(at)
    yield from _api(at)


def _first(at: Places) -> Iterator[Page]:
    for role in ("teller", "compliance"):
        yield Page(f"home, {role}", role, "/desk/", has('class="desk-due"'))
    for name, query in (
        ("waiting", {}),
        ("decided", {"status": "approved"}),
        ("lapsed", {"status": "expired"}),
        ("rejected, of a kind that never was", {"status": "rejected", "kind": "external_account"}),
        ("all, deep", {"status": "all", "before": at.deep_approval}),
        ("mine", {"claimed": "mine"}),
        ("unclaimed", {"claimed": "nobodys"}),
        ("late, the oldest first", {"late": "1", "sort": "old"}),
        ("by a maker", {"maker": "compl"}),
        ("by a maker that never was", {"maker": "nobody", "status": "all"}),
    ):
        yield Page(f"inbox, {name}", "compliance", "/desk/inbox", some(), query=query)
    yield Page("one proposal", "compliance", f"/desk/inbox/{at.approval}", has("desk-"))


def _work(at: Places) -> Iterator[Page]:
    ending = "/desk/restrictions/ending"
    yield Page("restrictions that end", "compliance", ending, has("/desk/customers/"))
    yield Page("restrictions that end, deep", "compliance", ending, some(), query={"after": at.busy})
    yield Page("restrictions that end, counted", "compliance", f"{ending}/count", some())
    for name, query in (
        ("open", {}),
        ("open, deep", {"before": at.deep_conflict}),
        ("ended", {"state": "ended"}),
        ("ended, deep", {"state": "ended", "before": at.deep_conflict}),
    ):
        yield Page(f"conflicts, {name}", "compliance", "/desk/conflicts", has("<tbody>"), query=query)
    yield Page("one conflict", "compliance", f"/desk/conflicts/{at.conflict}", has("<form"))
    yield Page("report of a loss", "teller", f"/desk/loss-reports/{at.loss}", has("desk-"))
    yield Page("account of a lost card", "teller", f"/desk/accounts/{at.lost_account}", has("desk-"))
    yield Page("purposes of an account", "teller", f"/desk/accounts/{at.busy_account}/told", has('name="purpose"'))
    yield Page("punctuality", "supervisor", "/desk/punctuality", has("<svg"))


#: A look-up states its reason.
WHY = {"reason": "business"}


def _customers(at: Places) -> Iterator[Page]:
    busy, number = stock.BUSY, citizen(stock.BUSY)
    keys = {
        "document": {"by": "resident_id", "key": number},
        "card": {"by": "card", "key": card_number(busy)},
        "account": {"by": "account", "key": account_number(busy)},
        "phone": {"by": "phone", "key": stock.phone_number(busy)},
        "any key": {"by": "any", "key": number},
    }
    for name, post in keys.items():
        yield Page(f"search by {name}", "teller", "/desk/customers", has(f"/desk/customers/{at.busy}"), post | WHY)
    shared = {"by": "phone", "key": stock.SHARED_PHONE}
    yield Page("search by a shared phone", "teller", "/desk/customers", has("/desk/customers/"), shared | WHY)
    yield Page(
        "search without a match", "teller", "/desk/customers", some(), {"by": "any", "key": "6217999999999999"} | WHY
    )
    customer = f"/desk/customers/{at.busy}"
    yield Page("customer", "teller", customer, has(customer))
    yield Page("customer, what is held", "teller", f"{customer}/held", held_rows(20))
    yield Page("customer, timeline", "teller", f"{customer}/timeline", some())
    yield Page("customer, listed often", "compliance", f"/desk/customers/{at.listed}", has("desk-"))
    yield Page("opening", "teller", f"{customer}/open", has("desk-"))
    yield Page("account", "teller", f"/desk/accounts/{at.busy_account}", has("desk-"))
    for status in ("in_force", "ended", "all"):
        yield Page(f"freezes, {status}", "compliance", "/desk/freezes", some(), query={"status": status})
    yield Page("entry of a transfer", "teller", "/desk/transfers/new", has("payee_number"))


def _board(at: Places) -> Iterator[Page]:
    board = "/desk/transfers/held"
    rare_yuan = f"{RARE_AMOUNT_FEN // 100}.00"
    yield Page("board, with its picture", "teller", board, held_rows(50))
    for name, count, query in (
        ("rows", 50, {}),
        ("deep", 50, {"after": at.deep_held}),
        ("overdue", min(50, at.overdue), {"due": "overdue"}),
        ("within the hour", 50, {"due": "hour"}),
        ("today", 50, {"due": "today"}),
        ("a common channel", 50, {"channel": "online"}),
        ("a rare channel", RARE, {"channel": "phone"}),
        ("a channel without any", 0, {"channel": "counter"}),
        ("a small amount", min(50, at.small), {"amount_to": "1000.00"}),
        ("a rare amount", at.large, {"amount_from": rare_yuan}),
        ("a rare amount of a channel", at.large, {"amount_from": rare_yuan, "channel": "atm"}),
        ("a rare amount, deep", 0, {"amount_from": rare_yuan, "after": at.deep_held}),
    ):
        yield Page(f"board, {name}", "teller", f"{board}/rows", held_rows(count), query=query)
    for name, query in (
        ("last days", {}),
        ("every day", {"first_day": "2000-01-01"}),
        ("deep", {"first_day": "2000-01-01", "after": at.posted}),
        ("posted by amount", {"status": "posted", "sort": "-amount"}),
        ("held by due time", {"status": "held", "sort": "due"}),
        ("refused", {"status": "refused", "first_day": "2000-01-01"}),
        ("a rule", {"code": "ACCOUNT_FROZEN", "first_day": "2000-01-01"}),
        ("a rule that never was", {"code": "SAME_PERSON", "first_day": "2000-01-01"}),
        ("a rare amount", {"amount_from": rare_yuan, "first_day": "2000-01-01"}),
        ("days without any", {"first_day": "2020-01-01", "last_day": "2020-01-31"}),
        ("of a customer", {"customer": at.busy}),
        ("of an account by amount", {"account": at.busy_account, "sort": "amount"}),
    ):
        yield Page(f"transfers, {name}", "teller", "/desk/transfers", has("desk-filter"), query=query)
    yield Page("transfer, held", "teller", f"/desk/transfers/{at.deep_held}", has("ATM_24_HOURS"))
    yield Page("transfer, posted", "teller", f"/desk/transfers/{at.posted}", has("desk-"))
    yield Page("transfer, its slip", "teller", f"/desk/transfers/{at.posted}/slip", has("desk-"))
    yield Page("transfer, cancelling", "teller", f"/desk/transfers/{at.deep_held}/cancel", has("<form"))


def _register(at: Places) -> Iterator[Page]:
    register = "/desk/certificates"
    for name, count, query in (
        ("first", 50, {}),
        ("deep", 50, {"before": at.deep_certificate}),
        ("in force", 50, {"status": "in_force"}),
        ("for manual review", None, {"status": "manual_review"}),
        ("rejected, deep", None, {"status": "rejected", "before": at.deep_certificate}),
        ("case accounts", 50, {"category": "CASE_ACCOUNT"}),
        ("a category that never was", 0, {"category": "FALSE_IDENTITY"}),
        ("by number", 1, {"q": "004444号"}),
        ("by a part of many numbers", 50, {"q": "反诈"}),
        ("by authority", 50, {"q": "青岛"}),
        ("by a rare authority", 1, {"q": "海港"}),
        ("by one character", 50, {"q": "青"}),
        ("by a missing word", 0, {"q": "没有这个机关"}),
        ("by a missing word, of a status", 0, {"q": "没有", "status": "revoked"}),
    ):
        yield Page(f"register, {name}", "compliance", register, table_rows(count), query=query)
    person = {"type": "resident_id", "number": citizen(stock.LISTED), "country": ""} | WHY
    yield Page("register, by person", "compliance", f"{register}/person", has("subject="), person)
    subject = rows("SELECT id FROM blacklist_subject WHERE identity_key = %s", [stock.identity_of(stock.LISTED)])[0][
        "id"
    ]
    yield Page("register, of a person", "compliance", register, some(), query={"subject": str(subject)})
    yield Page("certificate, with calendar", "compliance", f"{register}/{at.certificate}", has("<svg"))
    yield Page("screening, with calendar", "compliance", "/desk/screening", has("<svg"), person)
    yield Page("entry of a certificate", "compliance", f"{register}/new", has("doc_no"))


def _evidence(at: Places) -> Iterator[Page]:
    long_ago = {"from": "2020-01-01"}
    for name, count, query in (
        ("last days", 50, {}),
        ("deep", 50, long_ago | {"before": at.deep_decision}),
        ("refused", 50, {"outcome": "refused"}),
        ("a common code", 50, {"code": "INSUFFICIENT_FUNDS"}),
        ("a rare code", 1, {"code": RARE_REFUSAL}),
        ("a code that never was", 0, {"code": "SAME_PERSON"}),
        ("a common kind", 50, {"kind": "transfer"}),
        ("a rare kind", RARE, {"kind": "unmask"}),
        ("a kind that never was", 0, {"kind": "export"} | long_ago),
        ("about a customer", min(50, at.decisions), {"about": at.busy} | long_ago),
        ("about an account", min(50, at.decisions), {"about": at.busy_account} | long_ago),
        ("about a transfer", None, {"about": at.posted}),
        ("about nothing", 0, {"about": "01900000-0000-7000-8000-000000000000"} | long_ago),
    ):
        yield Page(f"decisions, {name}", "auditor", "/desk/decisions", table_rows(count), query=query)
    yield Page("one decision", "auditor", f"/desk/decisions/{at.decision}", has("2026.11"))
    for name, count, query in (
        ("last days", 50, {}),
        ("deep", 50, {"before": str(at.deep_event)}),
        ("returned", 50, {"status": "returned"}),
        ("a common code", 50, {"code": "ACCOUNT_FROZEN"}),
        ("a code that never was", 0, {"code": "SAME_PERSON"}),
        ("days without any", 0, long_ago | {"to": "2020-01-31"}),
        ("about a transfer", None, {"about": at.posted} | long_ago),
        ("about an account", None, {"about": at.busy_account} | long_ago),
    ):
        yield Page(f"events, {name}", "auditor", "/desk/events", table_rows(count), query=query)
    for name in ("decisions", "approvals", "events", "transfers"):
        yield Page(f"export of {name}", "auditor", "/desk/exports", some(), {"list": name, "format": "csv"})


def _api(at: Places) -> Iterator[Page]:
    account = f"/api/v1/accounts/{at.busy_account}"
    for name, path, query in (
        ("transfers", "/api/v1/transfers", {}),
        ("transfers, held", "/api/v1/transfers", {"status": "held"}),
        ("transfers, posted", "/api/v1/transfers", {"status": "posted"}),
        ("transfers, refused", "/api/v1/transfers", {"status": "refused"}),
        ("transfers, of an account", "/api/v1/transfers", {"payer_account": at.busy_account}),
        ("transfers, due", "/api/v1/transfers", {"status": "held", "due_before": "2020-01-01T00:00:00+08:00"}),
        ("transfer, its events", f"/api/v1/transfers/{at.posted}/events", {}),
        ("customer", f"/api/v1/customers/{at.busy}", {}),
        ("account", account, {}),
        ("account, entries", f"{account}/entries", {}),
        ("certificates", "/api/v1/blacklist/certificates", {}),
        ("approvals", "/api/v1/approvals", {}),
        ("approvals, waiting", "/api/v1/approvals", {"status": "pending"}),
        ("approvals, rejected", "/api/v1/approvals", {"status": "rejected"}),
    ):
        yield Page(f"API, {name}", "api", path, has("{"), query=query)


def has(text: str) -> Check:
    """Return the check that the answer contains a text."""
    return lambda answer: None if text in answer else f"without {text}"


def some() -> Check:
    """Return the check that the answer is not empty."""
    return lambda answer: None if answer else "empty"


def held_rows(count: int) -> Check:
    """Return the check that the page shows a number of held transfers."""
    return _counted(count, lambda answer: answer.count('id="held-') - answer.count('id="held-rows"'))


def table_rows(count: int | None) -> Check:
    """Return the check that a table has a number of rows; None for any number."""
    return some() if count is None else _counted(count, lambda answer: answer.partition("<tbody>")[2].count("<tr"))


def _counted(count: int, found_in: Callable[[str], int]) -> Check:
    def check(answer: str) -> str | None:
        found = found_in(answer)
        return None if found == count else f"{found} rows, not {count}"

    return check


def find_places() -> Places:
    """Return the ids for the measured pages."""
    listed = stock.identity_of(stock.LISTED)
    (found,) = rows(
        """
        SELECT (SELECT customer_id FROM bench_person WHERE n = %(busy)s)::text AS busy,
               (SELECT customer_id FROM bench_person WHERE n = %(listed_n)s)::text AS listed,
               (SELECT id FROM bench_account WHERE n = %(busy)s)::text AS busy_account,
               (SELECT id FROM transfers_transfer WHERE status = 'held' ORDER BY due_at DESC, id DESC
                OFFSET (SELECT count(*) / 50 FROM transfers_transfer WHERE status = 'held') + 50 LIMIT 1)::text AS deep_held,
               (SELECT id FROM transfers_transfer WHERE status = 'posted' LIMIT 1)::text AS posted,
               (SELECT n.certificate_id FROM blacklist_certificatesubject n JOIN blacklist_subject s
                ON s.id = n.subject_id WHERE s.identity_key = %(listed)s ORDER BY 1 LIMIT 1)::text AS certificate,
               (SELECT id FROM blacklist_certificate ORDER BY id OFFSET (SELECT count(*) / 50 FROM blacklist_certificate) + 50
                LIMIT 1)::text AS deep_certificate,
               (SELECT id FROM kernel_approval WHERE status = 'pending' AND kind = 'certificate' ORDER BY id DESC
                LIMIT 1)::text AS approval,
               (SELECT id FROM kernel_approval ORDER BY id OFFSET (SELECT count(*) / 50 FROM kernel_approval) + 50
                LIMIT 1)::text AS deep_approval,
               (SELECT id FROM kernel_decision WHERE outcome = 'refused' LIMIT 1)::text AS decision,
               (SELECT id FROM transfers_event ORDER BY id OFFSET (SELECT count(*) / 50 FROM transfers_event) + 50 LIMIT 1) AS deep_event,
               (SELECT to_char(at AT TIME ZONE 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.US+00:00') || '~' || id
                FROM kernel_decision ORDER BY at OFFSET (SELECT count(*) / 50 FROM kernel_decision) + 50 LIMIT 1) AS deep_decision,
               (SELECT i.id FROM accounts_identityconflict i WHERE NOT EXISTS (SELECT FROM accounts_conflictreview r
                WHERE r.conflict_id = i.id) ORDER BY id DESC LIMIT 1)::text AS conflict,
               (SELECT id FROM accounts_identityconflict ORDER BY id
                OFFSET (SELECT count(*) / 50 FROM accounts_identityconflict) + 50 LIMIT 1)::text AS deep_conflict,
               (SELECT id FROM accounts_lossreport WHERE kind = 'by_word' ORDER BY id LIMIT 1)::text AS loss,
               (SELECT account_id FROM accounts_card WHERE status = 'lost' ORDER BY id LIMIT 1)::text AS lost_account,
               (SELECT count(*) FROM transfers_transfer WHERE status = 'held' AND due_at < bank_now()) AS overdue,
               (SELECT count(*) FROM transfers_transfer WHERE status = 'held' AND amount_fen <= 100000) AS small,
               (SELECT count(*) FROM transfers_transfer WHERE status = 'held' AND amount_fen >= %(rare_fen)s) AS large,
               (SELECT count(*) FROM kernel_decision WHERE customer_id =
                (SELECT customer_id FROM bench_person WHERE n = %(busy)s)) AS decisions
        """,
        {"busy": stock.BUSY, "listed_n": stock.LISTED, "listed": listed, "rare_fen": RARE_AMOUNT_FEN},
    )
    return Places(**found)
