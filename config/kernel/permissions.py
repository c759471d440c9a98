"""Who may do what, decided here and nowhere else: the API and the desk both ask this table.

What a role may do, it may do on every way in. Who decides which kind of approval stands with the
kind; that the maker may not is no permission but a rule of its own.
"""

from enum import StrEnum

from config.kernel.keys import Caller
from config.kernel.models import MACHINES, Role
from config.kernel.refusals import Forbidden


class Act(StrEnum):
    """Something a caller asks for (操作)."""

    VIEW_APPROVALS = "view_approvals"
    VIEW_OWN_APPROVALS = "view_own_approvals"
    DECIDE_APPROVAL = "decide_approval"
    WITHDRAW_APPROVAL = "withdraw_approval"

    REGISTER_CUSTOMER = "register_customer"
    LOOK_UP_CUSTOMER = "look_up_customer"
    VIEW_CUSTOMER = "view_customer"
    UNMASK_CUSTOMER = "unmask_customer"
    VIEW_ELIGIBILITY = "view_eligibility"
    LINK_DOCUMENT = "link_document"
    ADD_EXTERNAL_ACCOUNT = "add_external_account"
    REVERIFY = "reverify"

    OPEN_ACCOUNT = "open_account"
    LOOK_UP_ACCOUNT = "look_up_account"
    VIEW_ACCOUNT = "view_account"
    CLOSE_ACCOUNT = "close_account"
    CHANGE_CLASS = "change_class"
    FREEZE = "freeze"
    ISSUE_CARD = "issue_card"
    ASK_CARD_EXCEPTION = "ask_card_exception"
    CHANGE_CARD = "change_card"
    MOVE_CASH = "move_cash"

    MAKE_TRANSFER = "make_transfer"
    VIEW_TRANSFER = "view_transfer"
    LIST_TRANSFERS = "list_transfers"
    CANCEL_TRANSFER = "cancel_transfer"
    INQUIRE_PAYEE = "inquire_payee"

    ENTER_CERTIFICATE = "enter_certificate"
    VIEW_CERTIFICATES = "view_certificates"
    UNMASK_CERTIFICATE = "unmask_certificate"
    REVOKE_CERTIFICATE = "revoke_certificate"
    SCREEN = "screen"

    VIEW_EVIDENCE = "view_evidence"
    EXPORT_EVIDENCE = "export_evidence"

    MOVE_SANDBOX_CLOCK = "move_sandbox_clock"


_TELLER = frozenset({Role.TELLER})
_COMPLIANCE = frozenset({Role.COMPLIANCE})
_STAFF = frozenset({Role.TELLER, Role.SUPERVISOR, Role.COMPLIANCE, Role.AUDITOR})
_DESK = _STAFF - {Role.AUDITOR}
_EVERYBODY = frozenset(Role)

ROLES: dict[Act, frozenset[Role]] = {
    Act.VIEW_APPROVALS: _STAFF - _TELLER,
    # A maker sees their own, whatever the role: machines propose nothing.
    Act.VIEW_OWN_APPROVALS: _STAFF,
    Act.DECIDE_APPROVAL: frozenset({Role.SUPERVISOR, Role.COMPLIANCE}),
    # Of these only the maker: `config.kernel.approvals.withdraw` refuses everybody else.
    Act.WITHDRAW_APPROVAL: _DESK,
    Act.REGISTER_CUSTOMER: _TELLER,
    Act.LOOK_UP_CUSTOMER: _DESK,
    Act.VIEW_CUSTOMER: _STAFF,
    Act.UNMASK_CUSTOMER: _DESK,
    Act.VIEW_ELIGIBILITY: frozenset({Role.TELLER, Role.SUPERVISOR}),
    Act.LINK_DOCUMENT: _TELLER,
    Act.ADD_EXTERNAL_ACCOUNT: _TELLER,
    Act.REVERIFY: _TELLER,
    Act.OPEN_ACCOUNT: _TELLER,
    Act.LOOK_UP_ACCOUNT: _DESK,
    Act.VIEW_ACCOUNT: _STAFF,
    Act.CLOSE_ACCOUNT: _TELLER,
    Act.CHANGE_CLASS: _TELLER,
    Act.FREEZE: _COMPLIANCE,
    Act.ISSUE_CARD: _TELLER,
    Act.ASK_CARD_EXCEPTION: _TELLER,
    Act.CHANGE_CARD: _TELLER,
    Act.MOVE_CASH: frozenset({Role.TELLER, Role.ATM}),
    Act.MAKE_TRANSFER: _TELLER | MACHINES,
    Act.VIEW_TRANSFER: _EVERYBODY,
    Act.LIST_TRANSFERS: _STAFF,
    Act.CANCEL_TRANSFER: _TELLER | MACHINES,
    Act.INQUIRE_PAYEE: _TELLER | MACHINES,
    Act.ENTER_CERTIFICATE: _COMPLIANCE,
    Act.VIEW_CERTIFICATES: frozenset({Role.COMPLIANCE, Role.AUDITOR}),
    Act.UNMASK_CERTIFICATE: _COMPLIANCE,
    Act.REVOKE_CERTIFICATE: _COMPLIANCE,
    Act.SCREEN: _DESK,
    Act.VIEW_EVIDENCE: _COMPLIANCE | {Role.AUDITOR},
    Act.EXPORT_EVIDENCE: frozenset({Role.AUDITOR}),
    Act.MOVE_SANDBOX_CLOCK: _EVERYBODY,
}


def may(caller: Caller, act: Act) -> bool:
    """Say whether a caller's role has an act."""
    return caller.role in ROLES[act]


def require(caller: Caller, act: Act) -> None:
    """Refuse a caller whose role does not have an act.

    :raises Forbidden: 403, nothing was decided.
    """
    if not may(caller, act):
        raise Forbidden
