"""Open, close and reclassify accounts (开户、销户、升级、降级)."""

from uuid import UUID

from accounts.models import Account, Card
from accounts.operations.holders import Agent, Holder, lock_account, lock_customer
from accounts.operations.numbers import new_account_number
from accounts.policy.closing import check_account_business, check_close, is_upgrade
from accounts.policy.facts import PartyFacts
from accounts.policy.limits import ClassKey
from accounts.policy.opening import check_change_class, check_open_account, class_max, free_slot
from accounts.policy.particulars import check_basic_account
from accounts.queries.opening import Opening, count_basic
from accounts.vocabulary import (
    AccountClass,
    AccountKind,
    AccountStatus,
    CardStatus,
    CustomerKind,
    DecisionKind,
    Rule,
)
from accounts.vocabulary.particulars import OrganizationAccountKind, Purpose
from config.kernel.access.keys import Caller
from config.kernel.database.ids import new_id
from config.kernel.database.transactions import transaction_required
from config.kernel.law.refusals import BadRequest
from config.kernel.law.text import Text
from config.kernel.trail.decisions import Deciding, deciding


@transaction_required
def open_account(
    *,
    principal: Caller,
    customer_id: UUID,
    kind: AccountKind,
    account_class: AccountClass,
    agent: Agent | None = None,
    unit_kind: OrganizationAccountKind | None = None,
    purpose: Purpose | None = None,
) -> UUID:
    """Open an account (开户) and return its id.

    The customer's row is locked before the accounts are counted, and a partial unique index on the slots of the class
    enforces the limit. An agent's own listing does not bar the customer: "名下" means the holder.

    :param account_class: `NONE` for an organization.
    :param agent: who acts for the holder; None when the holder is present.
    :param unit_kind: the kind of an organization's bank account; None where it was not stated.
    :param purpose: the purpose of an individual's account; None where it was not stated.
    :raises NotFound: for an unknown customer.
    :raises BadRequest: an individual without a class, an agent who is the holder, a guardian who cannot be one; a kind or a
        purpose that does not fit the account.
    :raises Ruled: what `check_open_account` and `check_basic_account` refuse.
    :source: 通告第五条, from 2016-12-01; 银发〔2016〕261号 一(一).
    """
    with deciding(
        DecisionKind.OPEN_ACCOUNT, principal=principal, rule=Rule.OPEN_ACCOUNT, customer_id=customer_id
    ) as decision:
        holder, at = lock_customer(customer_id, agent)
        customer_id = decision.customer_id = holder.customer.id
        _check_class_named(holder, account_class)
        check_use_fields(holder, kind, unit_kind, purpose)
        holder.check_guardian(at)
        opening = holder.opening(at)
        decision.at = at
        decision.facts = opening.record() | {"kind": kind.value, "account_class": account_class.value}
        if unit_kind is not None:
            decision.facts["unit_kind"] = unit_kind.value
        holder.confirm_checked()
        check_open_account(opening.facts, kind, account_class)
        check_basic_account(unit_kind, open_basic=count_basic(customer_id))
        account = Account(
            id=new_id(),
            customer_id=customer_id,
            account_number=new_account_number(),
            kind=kind,
            account_class=account_class,
            class_slot=_class_slot(opening, (kind, account_class)),
            opened_at=at,
            unit_kind=unit_kind,
            purpose=purpose,
        )
        if agent is not None:
            account.agent_key, account.agent_name, account.agent_relation = agent.key, agent.name, agent.relation
        account.save(force_insert=True)
        decision.account_id = decision.object_id = account.id
        return account.id


@transaction_required
def close_account(*, principal: Caller, account_id: UUID) -> None:
    """Close an account (销户): nothing may be left in it; its cards are cancelled with it.

    :raises NotFound: for an unknown account.
    :raises Ruled, AccountNotEmpty: what `check_close` refuses.
    """
    with deciding(DecisionKind.CLOSE_ACCOUNT, principal=principal, rule=Rule.CLOSE, account_id=account_id) as decision:
        _, party, at = lock_account(account_id)
        _note(decision, party)
        decision.at = at
        check_close(party)
        live = Card.objects.filter(account_id=account_id).exclude(status=CardStatus.CANCELLED)
        live.update(status=CardStatus.CANCELLED, cancelled_at=at)
        _update_open_account(account_id, status=AccountStatus.CLOSED, closed_at=at)


@transaction_required
def change_class(*, principal: Caller, account_id: UUID, to: AccountClass, up: bool) -> None:
    """Change an account's class (升级、降级): the target class's limit applies, bars on opening do not.

    A bank account rises from III over II to I, a payment account from I over II to III.

    :param up: True for an upgrade, False for a downgrade; the other direction is a malformed request.
    :raises NotFound: for an unknown account.
    :raises BadRequest: when `to` lies in the other direction, or is the present class.
    :raises Ruled: what `check_change_class` and `check_account_business` refuse.
    :source: 通告第五条 (存量清理), 银发〔2016〕261号 一(一).
    """
    kind = DecisionKind.UPGRADE_ACCOUNT if up else DecisionKind.DOWNGRADE_ACCOUNT
    with deciding(kind, principal=principal, rule=Rule.CHANGE_CLASS, account_id=account_id) as decision:
        holder, party, at = lock_account(account_id, opens=up)
        if party.holder_kind is CustomerKind.INDIVIDUAL and is_upgrade(party.kind, party.account_class, to) is not up:
            raise BadRequest({"to": [_wrong_direction(party, up=up)]})
        opening = holder.opening(at)
        live_cards = Card.objects.filter(account_id=account_id).exclude(status=CardStatus.CANCELLED).count()
        _note(decision, party)
        decision.at = at
        decision.facts |= opening.record() | {"to": to.value, "live_cards": live_cards}
        check_change_class(opening.facts, party.kind, to, live_cards=live_cards)
        check_account_business(party)
        # A reference to a clean-up action explains the former class only.
        _update_open_account(
            account_id, account_class=to, class_slot=_class_slot(opening, (party.kind, to)), downgrade=None
        )


def _check_class_named(holder: Holder, account_class: AccountClass) -> None:
    if holder.customer.kind == CustomerKind.INDIVIDUAL and account_class is AccountClass.NONE:
        message = Text("个人账户须为Ⅰ、Ⅱ或Ⅲ类。", "An individual's account is of Class I, II or III.")
        raise BadRequest({"account_class": [message]})


def check_use_fields(
    holder: Holder, kind: AccountKind, unit_kind: OrganizationAccountKind | None, purpose: Purpose | None
) -> None:
    """Require that only an organization's bank account has a kind, and only an individual's account a purpose.

    :raises BadRequest: on `unit_kind` or `purpose`.
    """
    organization = holder.customer.kind == CustomerKind.ORGANIZATION
    if unit_kind is not None and not (organization and kind is AccountKind.BANK):
        raise BadRequest(
            {"unit_kind": [Text("仅单位银行结算账户有此种类。", "Only an organization's bank account has one.")]}
        )
    if purpose is not None and organization:
        raise BadRequest(
            {"purpose": [Text("单位账户按账户种类，不填用途。", "An organization's account has a kind, no purpose.")]}
        )


def _class_slot(opening: Opening, key: ClassKey) -> int | None:
    """Return the slot that a new account of a class takes, None where no rule counts it."""
    most = class_max(key)
    return None if most is None else free_slot(opening.class_slots.get(key, frozenset()), most)


def _update_open_account(account_id: UUID, **change: object) -> None:
    updated = Account.objects.filter(pk=account_id, status=AccountStatus.OPEN).update(**change)
    if updated != 1:
        raise RuntimeError("an account changed under its lock")


def _note(decision: Deciding, party: PartyFacts) -> None:
    decision.customer_id = party.customer_id
    decision.object_id = party.account_id
    decision.facts = {"status": party.status.value, "kind": party.kind.value, "class": party.account_class.value}


def _wrong_direction(party: PartyFacts, *, up: bool) -> str:
    present = party.account_class.value
    if up:
        return Text(f"不是从{present}类升级的目标类别。", f"Not an upgrade from Class {present}.")
    return Text(f"不是从{present}类降级的目标类别。", f"Not a downgrade from Class {present}.")
