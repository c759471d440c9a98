"""The matrix of roles and desk pages: an unlisted page fails, and so does a page open to a wrong role."""

from uuid import UUID

import pytest
from django.test import Client
from django.urls import URLPattern, get_resolver

from config.kernel.access.permissions import ROLES, Permission
from config.kernel.models import Role

pytestmark = pytest.mark.django_db

PEOPLE = [role for role in Role.values if role not in {"atm", "gateway", "administrator"}]
NOBODY = UUID("01900000-0000-7000-8000-000000000000")
#: Pages for who is not signed in, or for everybody who is.
OPEN, EVERYBODY = "open", "everybody"

MATRIX: dict[str, Permission | str] = {
    "home": EVERYBODY,
    "sign-in": OPEN,
    "sign-out": OPEN,
    "language": OPEN,
    "passkey-asked": OPEN,
    "still-here": EVERYBODY,
    "try-it": EVERYBODY,
    "unlock": OPEN,
    "directory": OPEN,
    "directory-arrived": OPEN,
    "directory-back": OPEN,
    "directory-code": OPEN,
    "draft-save": OPEN,
    "draft-discard": EVERYBODY,
    "enrol": OPEN,
    "own": EVERYBODY,
    "own-keys": EVERYBODY,
    "own-key-collect": EVERYBODY,
    "own-authenticator": EVERYBODY,
    "own-passkey-asked": EVERYBODY,
    "own-passkey-end": EVERYBODY,
    "own-passkeys": EVERYBODY,
    "own-password": EVERYBODY,
    "own-recovery": EVERYBODY,
    "own-session-end": EVERYBODY,
    "own-sessions-end": EVERYBODY,
    "find": EVERYBODY,
    "inbox": Permission.VIEW_OWN_APPROVALS,
    "inbox-several": Permission.DECIDE_APPROVAL,
    "approval": Permission.VIEW_OWN_APPROVALS,
    "approval-attach": Permission.NOTE_APPROVAL,
    "approval-attachment": Permission.NOTE_APPROVAL,
    "approval-claim": Permission.DECIDE_APPROVAL,
    "approval-claim-next": Permission.DECIDE_APPROVAL,
    "approval-comment": Permission.NOTE_APPROVAL,
    "approval-put-back": Permission.DECIDE_APPROVAL,
    "approval-correct": Permission.WITHDRAW_APPROVAL,
    "approval-on-site": Permission.WITHDRAW_APPROVAL,
    "approval-withdraw": Permission.WITHDRAW_APPROVAL,
    "decisions": Permission.VIEW_EVIDENCE,
    "decision": Permission.VIEW_EVIDENCE,
    "events": Permission.VIEW_EVIDENCE,
    "trail": Permission.VIEW_TRAIL,
    "sign-ins": Permission.VIEW_TRAIL,
    "looks": Permission.VIEW_TRAIL,
    "proof": Permission.VIEW_PROOF,
    "proof-ask": Permission.RUN_PROOF,
    "proof-run": Permission.VIEW_PROOF,
    "receipts": Permission.VIEW_TRAIL,
    "case-bundle": Permission.EXPORT_CASE,
    "export": Permission.EXPORT_EVIDENCE,
    "certificates": Permission.VIEW_CERTIFICATES,
    "certificates-due": Permission.VIEW_CERTIFICATES,
    "certificates-of-person": Permission.VIEW_CERTIFICATES,
    "certificate": Permission.VIEW_CERTIFICATES,
    "certificate-customers": Permission.VIEW_CERTIFICATES,
    "certificate-masked": Permission.VIEW_CERTIFICATES,
    "certificate-unmask": Permission.UNMASK_CERTIFICATE,
    "certificate-new": Permission.ENTER_CERTIFICATE,
    "certificate-check": Permission.ENTER_CERTIFICATE,
    "certificate-row": Permission.ENTER_CERTIFICATE,
    "certificate-revoke": Permission.REVOKE_CERTIFICATE,
    "certificate-correct": Permission.ENTER_CERTIFICATE,
    "certificate-fill": Permission.ENTER_CERTIFICATE,
    "appeal-new": Permission.REVOKE_CERTIFICATE,
    "appeal": Permission.REVOKE_CERTIFICATE,
    "appeal-attach": Permission.REVOKE_CERTIFICATE,
    "appeal-attachment": Permission.UNMASK_CERTIFICATE,
    "screening": Permission.SCREEN,
    "lists": Permission.IMPORT_LIST,
    "list-new": Permission.IMPORT_LIST,
    "list-import": Permission.IMPORT_LIST,
    "list-act": Permission.IMPORT_LIST,
    "list-template": Permission.IMPORT_LIST,
    "list-undo": Permission.IMPORT_LIST,
    "list-refused": Permission.IMPORT_LIST,
    "stock-import": Permission.VIEW_STOCK_IMPORTS,
    "customer-search": Permission.FIND_CUSTOMER,
    "counter": Permission.FIND_CUSTOMER,
    "customer": Permission.VIEW_CUSTOMER,
    "customer-timeline": Permission.VIEW_CUSTOMER,
    "customer-masked": Permission.VIEW_CUSTOMER,
    "customer-unmask": Permission.UNMASK_CUSTOMER,
    "customer-open": Permission.REGISTER_CUSTOMER,
    "organization-open": Permission.REGISTER_CUSTOMER,
    "organization-rules": Permission.OPEN_ACCOUNT,
    "opening-form": Permission.OPEN_ACCOUNT,
    "opening-rules": Permission.OPEN_ACCOUNT,
    "opening-rules-for": Permission.OPEN_ACCOUNT,
    "account-open": Permission.OPEN_ACCOUNT,
    "account-opened": Permission.VIEW_ACCOUNT,
    "account": Permission.VIEW_ACCOUNT,
    "account-class": Permission.CHANGE_CLASS,
    "account-told": Permission.CHANGE_CLASS,
    "account-close": Permission.CLOSE_ACCOUNT,
    "impostor-new": Permission.CLOSE_ACCOUNT,
    "aside-payment-new": Permission.CLOSE_OUT,
    "close-out-new": Permission.CLOSE_OUT,
    "close-out": Permission.VIEW_ACCOUNT,
    "cash": Permission.MOVE_CASH,
    "cash-boxes": Permission.VIEW_CASH_BOXES,
    "day-figures": Permission.VIEW_DAY_FIGURES,
    "monthly-return": Permission.VIEW_MONTHLY_RETURN,
    "monthly-return-file": Permission.VIEW_MONTHLY_RETURN,
    "punctuality": Permission.VIEW_PUNCTUALITY,
    "cash-box": Permission.VIEW_CASH_BOXES,
    "cash-box-open": Permission.KEEP_CASH_BOX,
    "cash-count": Permission.KEEP_CASH_BOX,
    "cash-record": Permission.VIEW_ACCOUNT,
    "cash-print": Permission.PRINT_SLIP,
    "cash-reverse": Permission.KEEP_CASH_BOX,
    "amount-in-words": Permission.MOVE_CASH,
    "card-new": Permission.ISSUE_CARD,
    "card-exception-new": Permission.ASK_CARD_EXCEPTION,
    "card-hand-out": Permission.ASK_CARD_EXCEPTION,
    "card-act": Permission.CHANGE_CARD,
    "loss-report": Permission.VIEW_ACCOUNT,
    "loss-print": Permission.PRINT_SLIP,
    "particulars": Permission.REGISTER_CUSTOMER,
    "document-new": Permission.LINK_DOCUMENT,
    "document-renew": Permission.RENEW_DOCUMENT,
    "external-account-new": Permission.ADD_EXTERNAL_ACCOUNT,
    "reverify": Permission.REVERIFY,
    "customer-different": Permission.JUDGE_SAME_PERSON,
    "name-new": Permission.CHANGE_NAME,
    "document-withdraw": Permission.WITHDRAW_DOCUMENT,
    "external-account-withdraw": Permission.WITHDRAW_EXTERNAL_ACCOUNT,
    "merge-find": Permission.JUDGE_SAME_PERSON,
    "merge-new": Permission.JUDGE_SAME_PERSON,
    "merge": Permission.VIEW_CUSTOMER,
    "restrictions-ending": Permission.VIEW_ENDING,
    "restrictions-ending-count": Permission.VIEW_ENDING,
    "conflict": Permission.VIEW_CONFLICT,
    "conflict-end": Permission.END_CONFLICT,
    "conflict-unmask": Permission.UNMASK_CUSTOMER,
    "conflicts": Permission.VIEW_CONFLICTS,
    "excess": Permission.VIEW_EXCESS,
    "stock-imports": Permission.VIEW_STOCK_IMPORTS,
    "stock-import-new": Permission.IMPORT_STOCK,
    "stock-import-submit": Permission.IMPORT_STOCK,
    "stock-import-faults": Permission.VIEW_STOCK_IMPORTS,
    "stock-template": Permission.IMPORT_STOCK,
    "cleanup": Permission.VIEW_CLEANUP,
    "cleanup-start": Permission.RUN_CLEANUP,
    "cleanup-campaign": Permission.VIEW_CLEANUP,
    "cleanup-next": Permission.VIEW_CLEANUP,
    "cleanup-assign": Permission.ASSIGN_CLEANUP,
    "cleanup-return": Permission.EXPORT_CLEANUP,
    "cleanup-seal": Permission.RUN_CLEANUP,
    "cleanup-case": Permission.VIEW_CLEANUP,
    "cleanup-take": Permission.ASSIGN_CLEANUP,
    "cleanup-letter": Permission.WORK_CLEANUP,
    "cleanup-contact": Permission.WORK_CLEANUP,
    "cleanup-attach": Permission.WORK_CLEANUP,
    "cleanup-attachment": Permission.UNMASK_CUSTOMER,
    "cleanup-act": Permission.WORK_CLEANUP,
    "cleanup-effect": Permission.WORK_CLEANUP,
    "cleanup-undo": Permission.WORK_CLEANUP,
    "customer-letters": Permission.VIEW_LETTERS,
    "letter": Permission.VIEW_LETTERS,
    "letter-check": Permission.CHECK_LETTER,
    "letter-deliver": Permission.ISSUE_LETTER,
    "letter-file": Permission.ISSUE_LETTER,
    "letter-issue": Permission.ISSUE_LETTER,
    "letter-print": Permission.ISSUE_LETTER,
    "letters": Permission.VIEW_DUE_LETTERS,
    "letters-due": Permission.VIEW_DUE_LETTERS,
    "freezes": Permission.FREEZE,
    "freeze-new": Permission.FREEZE,
    "freeze-lift": Permission.FREEZE,
    "transfer-new": Permission.MAKE_TRANSFER,
    "transfer-payer": Permission.MAKE_TRANSFER,
    "bank-search": Permission.MAKE_TRANSFER,
    "transfer-preview": Permission.MAKE_TRANSFER,
    "transfer-list": Permission.LIST_TRANSFERS,
    "transfer-view-save": Permission.LIST_TRANSFERS,
    "transfer-view-forget": Permission.LIST_TRANSFERS,
    "transfer-board": Permission.LIST_TRANSFERS,
    "transfer-board-rows": Permission.LIST_TRANSFERS,
    "customer-held": Permission.LIST_TRANSFERS,
    "customer-transfers": Permission.LIST_TRANSFERS,
    "customer-suspicions": Permission.VIEW_CUSTOMER,
    "suspicions": Permission.VIEW_SUSPICIONS,
    "restricted-customers": Permission.VIEW_ENDING,
    "suspicion-new": Permission.RECORD_SUSPICION,
    "transfer-delay": Permission.DELAY_TRANSFER,
    "account-transfers": Permission.LIST_TRANSFERS,
    "statement": Permission.VIEW_ACCOUNT,
    "transfer": Permission.VIEW_TRANSFER,
    "transfer-slip": Permission.VIEW_TRANSFER,
    "transfer-slip-print": Permission.PRINT_SLIP,
    "transfer-cancel": Permission.CANCEL_TRANSFER,
    "transfer-return": Permission.RETURN_PARKED,
}
#: Values of path parameters that are no ids; the code is that of the act that every role may do.
SLUGS = {"<slug:act>": "cancel", "<slug:way>": "cancel", "<slug:code>": "1112"}


def pages() -> dict[str, URLPattern]:
    """Return every address below `/desk/` by its name."""
    (desk,) = [each for each in get_resolver().url_patterns if str(each.pattern) == "desk/"]
    found = [each for each in desk.url_patterns if isinstance(each, URLPattern)]
    assert len(found) == len(desk.url_patterns), "the desk's addresses are one flat list"
    assert len({each.name for each in found}) == len(found), "two pages with one name"
    return {str(each.name): each for each in found}


def address(page: URLPattern) -> str:
    """Return a page's address with ids that do not exist."""
    parts = [
        str(NOBODY) if part.startswith("<uuid:") else SLUGS.get(part, part) for part in str(page.pattern).split("/")
    ]
    assert not any("<" in part for part in parts), "an address carries ids, never numbers or names"
    return "/desk/" + "/".join(parts)


def act_of(page: URLPattern) -> Permission | str | None:
    callback = page.callback
    while callback is not None and not hasattr(callback, "desk_act"):
        callback = getattr(callback, "__wrapped__", None)
    return OPEN if callback is None else callback.desk_act or EVERYBODY


def may_open(role: str, act: Permission | str) -> bool:
    """Return whether a role may open pages of an act."""
    return act in {OPEN, EVERYBODY} or role in ROLES[Permission(act)]


def test_every_page_is_listed_and_no_other():
    assert sorted(pages()) == sorted(MATRIX)


def test_a_page_asks_for_its_act():
    assert {name: act_of(page) for name, page in pages().items()} == MATRIX


@pytest.mark.parametrize("role", PEOPLE)
def test_a_role_opens_its_pages_and_no_other(noon, signed_in, role):
    wrong = {}
    client = signed_in(role)
    client.raise_request_exception = False
    for name, page in pages().items():
        act = MATRIX.get(name, EVERYBODY)
        if act == OPEN:
            continue
        allowed = may_open(role, act)
        for method in ("get", "post"):
            status = getattr(client, method)(address(page)).status_code
            # A method that a page does not have is 405 for every role; an unknown id is 404 for a permitted one.
            fits = status not in {401, 403, 500} if allowed else status in {403, 405}
            if not fits:
                wrong[name, method] = status
    assert not wrong


def test_anonymous_user_is_redirected_to_the_sign_in(noon):
    client = Client()
    for name, page in pages().items():
        if MATRIX.get(name) == OPEN:
            continue
        statuses = {
            (answer.status_code, answer.headers.get("Location", "").split("?")[0])
            for answer in (client.get(address(page)), client.post(address(page)))
        }
        assert statuses <= {(302, "/desk/sign-in"), (405, "")}, name
        assert (302, "/desk/sign-in") in statuses, name


def test_an_auditor_has_no_act_that_changes_anything():
    acts = {act for act, roles in ROLES.items() if Role.AUDITOR in roles} - {Permission.MOVE_SANDBOX_CLOCK}
    assert {act for act in acts if not act.startswith(("view_", "list_", "export_"))} == {
        Permission.FIND_CUSTOMER,
        Permission.RUN_PROOF,
    }
