"""Permissions: which role may do what. The API and the desk both use this table.

A role has the same permissions through every channel. Which role decides a kind of approval is declared with
the kind; that the maker may not decide is a separate rule.
"""

from enum import StrEnum

from config.kernel.access.keys import Caller
from config.kernel.law.refusals import Forbidden
from config.kernel.models import BUSINESS, MACHINES, Role


class Permission(StrEnum):
    """An act that a caller requests (操作)."""

    VIEW_APPROVALS = "view_approvals"
    VIEW_OWN_APPROVALS = "view_own_approvals"
    DECIDE_APPROVAL = "decide_approval"
    WITHDRAW_APPROVAL = "withdraw_approval"
    NOTE_APPROVAL = "note_approval"

    REGISTER_CUSTOMER = "register_customer"
    LOOK_UP_CUSTOMER = "look_up_customer"
    FIND_CUSTOMER = "find_customer"
    VIEW_CUSTOMER = "view_customer"
    UNMASK_CUSTOMER = "unmask_customer"
    VIEW_ELIGIBILITY = "view_eligibility"
    LINK_DOCUMENT = "link_document"
    RENEW_DOCUMENT = "renew_document"
    ADD_EXTERNAL_ACCOUNT = "add_external_account"
    REVERIFY = "reverify"
    JUDGE_SAME_PERSON = "judge_same_person"
    CHANGE_NAME = "change_name"
    WITHDRAW_DOCUMENT = "withdraw_document"
    WITHDRAW_EXTERNAL_ACCOUNT = "withdraw_external_account"
    VIEW_EXCESS = "view_excess"
    VIEW_CONFLICTS = "view_conflicts"
    VIEW_CONFLICT = "view_conflict"
    END_CONFLICT = "end_conflict"
    VIEW_CLEANUP = "view_cleanup"
    RUN_CLEANUP = "run_cleanup"
    ASSIGN_CLEANUP = "assign_cleanup"
    WORK_CLEANUP = "work_cleanup"
    PREVIEW_CLEANUP = "preview_cleanup"
    EXPORT_CLEANUP = "export_cleanup"
    IMPORT_STOCK = "import_stock"
    VIEW_STOCK_IMPORTS = "view_stock_imports"

    VIEW_LETTERS = "view_letters"
    VIEW_DUE_LETTERS = "view_due_letters"
    VIEW_ENDING = "view_ending"
    ISSUE_LETTER = "issue_letter"
    CHECK_LETTER = "check_letter"

    OPEN_ACCOUNT = "open_account"
    LOOK_UP_ACCOUNT = "look_up_account"
    VIEW_ACCOUNT = "view_account"
    CLOSE_ACCOUNT = "close_account"
    CLOSE_OUT = "close_out"
    CHANGE_CLASS = "change_class"
    FREEZE = "freeze"
    ISSUE_CARD = "issue_card"
    ASK_CARD_EXCEPTION = "ask_card_exception"
    CHANGE_CARD = "change_card"
    MOVE_CASH = "move_cash"
    KEEP_CASH_BOX = "keep_cash_box"
    VIEW_CASH_BOXES = "view_cash_boxes"
    VIEW_DAY_FIGURES = "view_day_figures"
    VIEW_MONTHLY_RETURN = "view_monthly_return"

    MAKE_TRANSFER = "make_transfer"
    MAKE_TRANSFERS = "make_transfers"
    VIEW_TRANSFER = "view_transfer"
    LIST_TRANSFERS = "list_transfers"
    VIEW_PUNCTUALITY = "view_punctuality"
    CANCEL_TRANSFER = "cancel_transfer"
    PRINT_SLIP = "print_slip"
    INQUIRE_PAYEE = "inquire_payee"
    RETURN_PARKED = "return_parked"
    RECORD_SUSPICION = "record_suspicion"
    VIEW_SUSPICIONS = "view_suspicions"
    DELAY_TRANSFER = "delay_transfer"

    ENTER_CERTIFICATE = "enter_certificate"
    VIEW_CERTIFICATES = "view_certificates"
    UNMASK_CERTIFICATE = "unmask_certificate"
    REVOKE_CERTIFICATE = "revoke_certificate"
    IMPORT_LIST = "import_list"
    SCREEN = "screen"

    VIEW_EVIDENCE = "view_evidence"
    EXPORT_EVIDENCE = "export_evidence"
    EXPORT_CASE = "export_case"
    VIEW_TRAIL = "view_trail"
    VIEW_PROOF = "view_proof"
    RUN_PROOF = "run_proof"

    MOVE_SANDBOX_CLOCK = "move_sandbox_clock"

    ADMINISTER = "administer"


_TELLER = frozenset({Role.TELLER})
_COMPLIANCE = frozenset({Role.COMPLIANCE})
_STAFF = frozenset({Role.TELLER, Role.SUPERVISOR, Role.COMPLIANCE, Role.AUDITOR})
_DESK = _STAFF - {Role.AUDITOR}
#: All roles of the bank's business; an administrator takes no part in it.
_EVERYBODY = BUSINESS

ROLES: dict[Permission, frozenset[Role]] = {
    Permission.VIEW_APPROVALS: _STAFF - _TELLER,
    # Makers see their own proposals, whatever their role; machines make no proposals.
    Permission.VIEW_OWN_APPROVALS: _STAFF,
    Permission.DECIDE_APPROVAL: frozenset({Role.SUPERVISOR, Role.COMPLIANCE}),
    # Only the maker: `config.kernel.approvals.withdraw` refuses everyone else.
    Permission.WITHDRAW_APPROVAL: _DESK,
    # Only the maker and the role that decides the kind: `config.kernel.approvals.may_note`.
    Permission.NOTE_APPROVAL: _DESK,
    Permission.REGISTER_CUSTOMER: _TELLER,
    Permission.LOOK_UP_CUSTOMER: _DESK,
    # Includes the auditor, who gives a reason at the desk; no machine does this.
    Permission.FIND_CUSTOMER: _STAFF,
    Permission.VIEW_CUSTOMER: _STAFF,
    Permission.UNMASK_CUSTOMER: _DESK,
    Permission.VIEW_ELIGIBILITY: frozenset({Role.TELLER, Role.SUPERVISOR}),
    Permission.LINK_DOCUMENT: _TELLER,
    Permission.RENEW_DOCUMENT: _TELLER,
    Permission.ADD_EXTERNAL_ACCOUNT: _TELLER,
    Permission.REVERIFY: _TELLER,
    Permission.JUDGE_SAME_PERSON: _TELLER,
    Permission.CHANGE_NAME: _TELLER,
    Permission.WITHDRAW_DOCUMENT: _TELLER,
    Permission.WITHDRAW_EXTERNAL_ACCOUNT: _TELLER,
    # A list of customers; a teller finds the customer at the counter by a number.
    Permission.VIEW_EXCESS: _STAFF - _TELLER,
    # Conflicts of many customers; an auditor finds the refused attempts in the decision log.
    Permission.VIEW_CONFLICTS: frozenset({Role.SUPERVISOR, Role.COMPLIANCE}),
    # A single conflict: a teller opens it from the customer's page.
    Permission.VIEW_CONFLICT: _DESK,
    Permission.END_CONFLICT: _TELLER | _COMPLIANCE,
    # Tellers work on the cases of a campaign, so they see them all.
    Permission.VIEW_CLEANUP: _STAFF,
    Permission.RUN_CLEANUP: frozenset({Role.SUPERVISOR}),
    # A teller takes an unassigned case; a supervisor assigns cases.
    Permission.ASSIGN_CLEANUP: frozenset({Role.TELLER, Role.SUPERVISOR}),
    Permission.WORK_CLEANUP: _TELLER,
    Permission.PREVIEW_CLEANUP: frozenset({Role.TELLER, Role.SUPERVISOR}),
    # Aggregates only; no single customer is shown.
    Permission.EXPORT_CLEANUP: _STAFF - _TELLER,
    # Data of all customers of a bank: one supervisor uploads and submits it, another one decides.
    Permission.IMPORT_STOCK: frozenset({Role.SUPERVISOR}),
    Permission.VIEW_STOCK_IMPORTS: frozenset({Role.SUPERVISOR, Role.AUDITOR}),
    Permission.VIEW_LETTERS: _STAFF,
    # A list of restricted customers; a teller sees the letters due to the customer at the counter.
    Permission.VIEW_DUE_LETTERS: _STAFF - _TELLER,
    Permission.VIEW_ENDING: _STAFF - _TELLER,
    # A teller hands a letter over, compliance posts it; the issuer prints it and records its delivery.
    Permission.ISSUE_LETTER: _TELLER | _COMPLIANCE,
    Permission.CHECK_LETTER: _DESK,
    Permission.OPEN_ACCOUNT: _TELLER,
    Permission.LOOK_UP_ACCOUNT: _DESK,
    Permission.VIEW_ACCOUNT: _STAFF,
    Permission.CLOSE_ACCOUNT: _TELLER,
    # Through a gateway the customer orders it alone, where the law permits that.
    Permission.CLOSE_OUT: frozenset({Role.TELLER, Role.GATEWAY}),
    Permission.CHANGE_CLASS: _TELLER,
    Permission.FREEZE: _COMPLIANCE,
    Permission.ISSUE_CARD: _TELLER,
    Permission.ASK_CARD_EXCEPTION: _TELLER,
    Permission.CHANGE_CARD: _TELLER,
    Permission.MOVE_CASH: frozenset({Role.TELLER, Role.ATM}),
    # The teller opens, counts and corrects the own cash box; a supervisor approves.
    Permission.KEEP_CASH_BOX: _TELLER,
    # A teller sees only the own box.
    Permission.VIEW_CASH_BOXES: frozenset({Role.TELLER, Role.SUPERVISOR, Role.AUDITOR}),
    # Figures of the whole bank, also by person: for supervision and audit.
    Permission.VIEW_DAY_FIGURES: frozenset({Role.SUPERVISOR, Role.AUDITOR}),
    # Counts without personal data; also the files for the authorities. The lists have permissions of their own.
    Permission.VIEW_MONTHLY_RETURN: frozenset({Role.COMPLIANCE, Role.AUDITOR}),
    Permission.MAKE_TRANSFER: _TELLER | MACHINES,
    # Several orders at once; at an ATM there is one payer with one order.
    Permission.MAKE_TRANSFERS: frozenset({Role.TELLER, Role.GATEWAY}),
    Permission.VIEW_TRANSFER: _EVERYBODY,
    Permission.LIST_TRANSFERS: _STAFF,
    # Aggregates only; no single transfer is shown.
    Permission.VIEW_PUNCTUALITY: _STAFF,
    Permission.CANCEL_TRANSFER: _TELLER | MACHINES,
    # The slip is for the customer at the counter.
    Permission.PRINT_SLIP: frozenset({Role.TELLER, Role.SUPERVISOR}),
    Permission.INQUIRE_PAYEE: _TELLER | MACHINES,
    # One supervisor proposes, another one decides.
    Permission.RETURN_PARKED: frozenset({Role.SUPERVISOR}),
    # A gateway records what its telephone agents heard.
    Permission.RECORD_SUSPICION: _DESK | {Role.GATEWAY},
    # Of all customers; on a customer's page staff see those about this customer.
    Permission.VIEW_SUSPICIONS: frozenset({Role.COMPLIANCE, Role.AUDITOR}),
    Permission.DELAY_TRANSFER: _COMPLIANCE,
    Permission.ENTER_CERTIFICATE: _COMPLIANCE,
    Permission.IMPORT_LIST: _COMPLIANCE,
    Permission.VIEW_CERTIFICATES: frozenset({Role.COMPLIANCE, Role.AUDITOR}),
    Permission.UNMASK_CERTIFICATE: _COMPLIANCE,
    Permission.REVOKE_CERTIFICATE: _COMPLIANCE,
    Permission.SCREEN: _DESK,
    Permission.VIEW_EVIDENCE: _COMPLIANCE | {Role.AUDITOR},
    Permission.EXPORT_EVIDENCE: frozenset({Role.AUDITOR}),
    # One case as PDF for evidence: masked, or complete for roles that may see its data.
    Permission.EXPORT_CASE: frozenset({Role.COMPLIANCE, Role.AUDITOR}),
    Permission.VIEW_TRAIL: frozenset({Role.AUDITOR}),
    Permission.VIEW_PROOF: _STAFF - _TELLER,
    # The proof reads all tables and changes none; request and result are kept.
    Permission.RUN_PROOF: frozenset({Role.AUDITOR}),
    Permission.MOVE_SANDBOX_CLOCK: _EVERYBODY,
    # Propose, decide and withdraw acts that need two administrators; only in the back office.
    Permission.ADMINISTER: frozenset({Role.ADMINISTRATOR}),
}


def may(caller: Caller, act: Permission) -> bool:
    """Return whether the caller's role has a permission."""
    return caller.role in ROLES[act]


def require(caller: Caller, act: Permission) -> None:
    """Refuse a caller whose role lacks a permission.

    :raises Forbidden: answered as 403; no decision is kept.
    """
    if not may(caller, act):
        raise Forbidden
