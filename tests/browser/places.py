"""All addresses of the desk with the ids of a town, and the roles that may open them."""

import re
from collections.abc import Iterator
from itertools import product

from django.urls import URLPattern

from accounts.cleanup.vocabulary import CleanupWay
from accounts.policy.cards import CardAct
from accounts.stock.models import StockImport
from config.frames.desk.codes import registered_acts
from config.kernel.access.permissions import ROLES, Permission
from config.kernel.database.clock import bank_now
from config.kernel.database.ids import new_id
from config.kernel.database.transactions import perform
from config.kernel.models import Approval, Decision, SignIn
from config.kernel.proof.invariants import Finding
from config.kernel.proof.proofs import keep_proof, proofs_run
from config.oversight.queries.proof import INVARIANTS
from tests.browser.town import Town
from tests.desk.test_matrix import EVERYBODY, OPEN, act_of, pages

PEOPLE = ("teller", "supervisor", "compliance", "auditor")
#: Addresses that only take a form.
FORMS_ONLY = {
    "sign-out", "language", "approval-attach", "approval-attachment", "approval-claim", "approval-claim-next", "approval-comment", "approval-correct", "approval-put-back", "conflict-end", "conflict-unmask", "cash-print", "approval-withdraw", "certificates-of-person", "customer-unmask", "certificate-unmask", "certificate-fill", "opening-form", "export", "transfer-payer", "transfer-preview", "loss-print",
    "stock-import-faults", "stock-import-submit", "stock-template", "list-act", "list-refused", "list-template", "own-key-collect", "own-passkey-end", "own-session-end", "own-sessions-end", "draft-save", "draft-discard",
    "cleanup-assign", "cleanup-return", "cleanup-take", "cleanup-contact", "cleanup-attach", "cleanup-attachment",
    "appeal-attach", "appeal-attachment", "letter-issue", "letter-print", "letter-file", "find", "proof-ask", "case-bundle", "monthly-return-file", "transfer-slip-print", "transfer-view-save", "transfer-view-forget",
}  # fmt: skip
#: Parts of pages, fetched by the page that contains them.
PARTS = {
    "own-passkey-asked", "passkey-asked", "still-here", "unlock", "amount-in-words", "certificate-check", "cleanup-effect", "certificate-customers", "certificate-masked", "certificate-row", "customer-held", "customer-masked", "account-transfers",
    "bank-search", "customer-letters", "customer-suspicions", "letters-due", "restrictions-ending-count", "customer-timeline", "customer-transfers", "opening-rules", "opening-rules-for", "organization-rules", "transfer-board-rows",
}  # fmt: skip
#: Of a bank that has a directory of its people: this one has none.
ELSEWHERE = {"directory", "directory-arrived", "directory-back", "directory-code"}
#: These look different to each role; any other is looked at as its first role has it.
BY_ROLE = {"home", "inbox", "approval", "customer", "account", "transfer"}
_CONVERTER = re.compile(r"<(?:uuid|slug):(\w+)>")


def roles_of(page: URLPattern) -> tuple[str, ...]:
    """Return the roles that may open a page."""
    act = act_of(page)
    return tuple(role for role in PEOPLE if act in {OPEN, EVERYBODY} or role in ROLES[Permission(act)])


def looked_at(role: str, pages: dict[str, URLPattern]) -> dict[str, URLPattern]:
    """Return the pages that one role opens, so that all roles together open every page."""
    return {
        name: page
        for name, page in pages.items()
        if role in (roles := roles_of(page)) and (role == roles[0] or name in BY_ROLE)
    }


def addresses(page: URLPattern, town: Town, *, most: int | None = None) -> Iterator[str]:
    """Yield a page's addresses, one for each matching id of the town, at most `most`."""
    pattern = str(page.pattern)
    names = _CONVERTER.findall(pattern)
    values = [_values(name, town)[:most] for name in names]
    if owned := {"document_id", "external_account_id"} & set(names):
        # Only on the page of the customer who owns it.
        values[names.index("customer_id")] = [town.owners[town.ids[each][-1]] for each in owned]
    if page.name == "approval-on-site":
        # Only a proposal that a customer at the counter waits for, by its maker.
        waiting = Approval.objects.filter(kind="counter_cash", status="pending", made_by__name="teller")
        values = [[str(each) for each in waiting.values_list("pk", flat=True)] or values[0]]
    for chosen in product(*values):
        path = pattern
        for value in chosen:
            path = _CONVERTER.sub(value, path, count=1)
        yield f"/desk/{path}"


def whole_pages() -> dict[str, URLPattern]:
    """Return the pages that need nothing but their address."""
    return {name: page for name, page in pages().items() if name not in FORMS_ONLY | PARTS | ELSEWHERE}


def _values(name: str, town: Town) -> list[str]:
    slugs = {
        "act": list(CardAct),
        "code": [act.code for act in registered_acts()],
        "way": [each.value for each in CleanupWay if each is not CleanupWay.UNDO],
    }
    if name in slugs:
        return slugs[name]
    if name == "decision_id":
        newest = Decision.objects.order_by("-at", "-id").values_list("id", flat=True)
        return [str(each) for each in newest]
    if name == "sign_in_id":
        return [str(each) for each in SignIn.objects.order_by("-at").values_list("pk", flat=True)]
    if name == "passkey_id":
        return [str(new_id())]
    if name == "administration_id":
        # An id without a row: the town has no proposal of administration.
        return [str(new_id())]
    if name == "import_id":
        return [str(each) for each in StockImport.objects.order_by("-started_at").values_list("pk", flat=True)]
    if name == "run_id":
        perform(lambda: keep_proof([Finding(INVARIANTS[0], (), 0.01)], began_at=bank_now()))
        return [str(proofs_run()[0].pk)]
    if name == "other_id":
        return [town.ids["customer_id"][-1]]
    return list(reversed(town.ids[name]))
