"""Rows for tests, written directly without operations."""

import itertools
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from typing import Any

from django.db import transaction
from stdnum.iso7064 import mod_11_2

from accounts import ledger
from accounts.models import (
    Account,
    Card,
    Customer,
    Document,
    DocumentRenewal,
    ExternalAccount,
    Identity,
    Reverification,
)
from accounts.queries.matches import present_match_key
from accounts.vocabulary import (
    AccountClass,
    AccountKind,
    CardProduct,
    CardStatus,
    CustomerKind,
    EntryKind,
    InternalKind,
    RequestStatus,
)
from config.kernel.access.keys import Caller
from config.kernel.database.ids import new_id
from config.kernel.database.sql import Statement, send
from config.kernel.identity.documents import parse_document
from config.kernel.vault.sealed import account_key, card_key, identity_key, name_key, phone_key
from tests import people
from tests.clock import NOON
from tests.database_refusals import past_the_guards
from tests.money import post

DAY = date(2026, 1, 5)
#: When stock was opened and issued: before the rules that limit it.
BEFORE_THE_RULES = datetime(2014, 5, 4, 2, tzinfo=UTC)


@dataclass(frozen=True)
class Person:
    """A person of the cast who is not yet a customer."""

    name: str
    number: str
    type: str = "resident_id"
    kind: str = CustomerKind.INDIVIDUAL

    @property
    def document(self) -> dict[str, str]:
        return {"type": self.type, "number": self.number}

    @property
    def identity_key(self) -> bytes:
        return key_of(self.type, self.number)

    @property
    def body(self) -> dict[str, Any]:
        """Return the body of this person's registration."""
        return {"kind": str(self.kind), "name": self.name, "document": self.document}


ZHANG = Person("张三", "11010519491231002X")
LI = Person("李四", "360426199101010071")
WANG = Person("王五", "110105200402290020")
ORGANIZATION = Person("示范有限公司", "91350100M000100Y43", "uscc", CustomerKind.ORGANIZATION)

_counter = itertools.count(1)


def citizen_number(district: str = "110105", birth: str = "19900101", sequence: int = 1) -> str:
    """Return a generated citizen number with a correct check digit."""
    body = f"{district}{birth}{sequence:03d}"
    return body + mod_11_2.calc_check_digit(body)


def new_person(name: str = "赵六") -> Person:
    """Return a new person with a different number each time."""
    count = next(_counter)
    birth = f"{1950 + count // 900 % 50}0301"
    return Person(name, citizen_number(birth=birth, sequence=count % 900 + 1))


def key_of(kind: str, number: str, country: str | None = None) -> bytes:
    """Return the identity key of a document."""
    return identity_key(parse_document(kind, number, country, on=DAY).identity)


def caller(role: str, name: str = "") -> Caller:
    """Return the caller of a principal of a role; the same name is the same principal."""
    return people.caller_for(people.ensure(f"{role}{name and '-' + name}", role))


def customer(person: Person | None = None, *, phone: str | None = None, at: datetime = NOON, **more: Any) -> Customer:
    """Create a customer with one active document."""
    person = person or new_person()
    made = Customer(
        kind=person.kind,
        name=person.name,
        name_index=name_key(person.name),
        created_at=at,
        **more,
    )
    if phone:
        made.phone, made.phone_index = phone, phone_key(phone)
    made.save(force_insert=True)
    document(made, person.type, person.number, is_primary=True)
    return made


def write_match_keys() -> None:
    """Write the key of name and birth date of every individual, which `customer` leaves out."""
    for row in Customer.objects.filter(kind=CustomerKind.INDIVIDUAL):
        Customer.objects.filter(pk=row.pk).update(match_key=present_match_key(row, NOON))


def document(
    holder: Customer, kind: str, number: str, country: str | None = None, *, is_primary: bool = False
) -> Document:
    """Give a customer an active document, and its identity if it is new."""
    parsed = parse_document(kind, number, country, on=DAY)
    key = identity_key(parsed.identity)
    identity = Identity.objects.filter(key=key).first() or Identity.objects.create(customer=holder, key=key)
    made = Document(
        customer=holder,
        identity=identity,
        identity_key=key,
        status=RequestStatus.IN_FORCE,
        type=parsed.type,
        country=parsed.country,
        is_primary=is_primary,
        created_at=NOON,
    )
    made.number = parsed.number
    made.save(force_insert=True)
    if not is_primary:
        approved("document_link", made)
    return made


def valid_until(holder: Customer, *days: date | None) -> None:
    """Set the end of validity of each of a customer's documents."""
    found = Document.objects.filter(customer=holder).order_by("id")
    with past_the_guards("accounts_document"):
        for each, day in zip(found, days, strict=True):
            Document.objects.filter(pk=each.pk).update(valid_until=day)


def renewed(document: Document, until: date | None) -> DocumentRenewal:
    """Write the renewal of a document until another day, without a decision."""
    made = DocumentRenewal(
        document=document,
        nth=document.renewal_count + 1,
        old_valid_until=document.valid_until,
        valid_until=until,
        at=NOON,
        principal_id=caller("teller").id,
    )
    made.number = document.number
    with transaction.atomic():
        made.save(force_insert=True)
        Document.objects.filter(pk=document.pk).update(valid_until=until, renewal_count=made.nth)
    return made


def external_account(holder: Customer, number: str, bank: str = "ICBC", **more: Any) -> ExternalAccount:
    """Give a customer an undecided external account."""
    made = ExternalAccount(
        customer=holder, bank_code=bank, number_key=account_key(number, bank), **{"asked_at": NOON} | more
    )
    made.sealed_number, made.evidence = number, "见卡"
    made.save(force_insert=True)
    return made


#: A proposal begins by waiting; the database takes a decision in no other way.
_PROPOSED = """
INSERT INTO kernel_approval (id, kind, status, object_type, object_id, made_by_id, made_at, expires_at,
                             before, after, subject_keys)
VALUES (%(id)s, %(kind)s, 'pending', %(kind)s, %(object)s, %(maker)s, %(at)s, %(until)s, '{}', '{}', '{}')
"""
_APPROVED = """
UPDATE kernel_approval SET status = 'approved', decided_by_id = %(checker)s, decided_at = %(at)s WHERE id = %(id)s
"""


def approved(kind: str, row: Any, *, at: datetime = NOON) -> None:
    """Write the approval by a second person of a row in force, which the database requires."""
    one, other = (caller("supervisor", name) for name in ("maker-of-a-test", "checker-of-a-test"))
    words = {
        "id": new_id(), "kind": kind, "object": row.pk, "maker": one.id, "checker": other.id,
        "at": at, "until": at + timedelta(days=7),
    }  # fmt: skip
    send(Statement(_PROPOSED, words), Statement(_APPROVED, words))


def reverified(who: Customer, at: datetime = NOON) -> None:
    """Write a customer's re-verification with the approval of a second person."""
    row = Reverification.objects.create(
        customer=who, method="联网核查", result="match", asked_at=at, status=RequestStatus.IN_FORCE, in_force_at=at
    )
    approved("reverification", row, at=at)
    Customer.objects.filter(pk=who.pk).update(status="active", reverified_at=at)


def account(
    holder: Customer,
    account_class: str | None = None,
    kind: str = AccountKind.BANK,
    *,
    balance_fen: int = 0,
    held_fen: int = 0,
    account_number: str = "",
    **more: Any,
) -> Account:
    """Open an account directly: by default Class II for an individual, no class for an organization.

    :param balance_fen: paid in as the opening balance of stock.
    :param held_fen: reserved without a transfer, with the guards disabled.
    """
    if account_class is None:
        account_class = AccountClass.NONE if holder.kind == CustomerKind.ORGANIZATION else AccountClass.II
    if "class_slot" not in more:
        same = Account.objects.filter(customer=holder, kind=kind, account_class=account_class, status="open").count()
        counted = account_class != AccountClass.NONE and (kind, account_class) not in {
            (AccountKind.PAYMENT, AccountClass.I),
            (AccountKind.PAYMENT, AccountClass.II),
        }
        more["class_slot"] = same + 1 if counted else None
    if more["class_slot"] is None and more.get("import_batch"):
        more.setdefault("opened_at", BEFORE_THE_RULES)
    made = Account.objects.create(
        customer=holder,
        account_number=account_number or f"6000{next(_counter):012d}",
        kind=kind,
        account_class=account_class,
        opened_at=more.pop("opened_at", NOON),
        **more,
    )
    if balance_fen:
        pay_in(made, balance_fen)
    if held_fen:
        with past_the_guards("accounts_account"):
            Account.objects.filter(pk=made.pk).update(held_fen=held_fen)
        made.held_fen = held_fen
    return made


def pay_in(to: Account, amount_fen: int) -> None:
    """Post an opening balance of stock to an account; a negative amount withdraws it."""
    with transaction.atomic():
        stock = ledger.internal_side(InternalKind.STOCK)
        debit, credit = (stock, to) if amount_fen > 0 else (to, stock)
        post(EntryKind.OPENING, debit, credit, abs(amount_fen))
    to.balance_fen += amount_fen


def four_cards(of: Account) -> None:
    """Issue debit cards on an account until its customer has four."""
    live = Card.objects.filter(customer_id=of.customer_id, product=CardProduct.DEBIT).exclude(status="cancelled")
    for _ in range(live.count(), 4):
        card(of)


def card(
    of: Account, *, product: str = CardProduct.DEBIT, status: str = CardStatus.ACTIVE, number: str = "", **more: Any
) -> Card:
    """Issue a card directly; a debit card gets the lowest free slot."""
    number = number or f"62284899{next(_counter):08d}"
    if "slot" not in more and product == CardProduct.DEBIT and status != CardStatus.CANCELLED:
        taken = set(
            Card.objects.filter(customer=of.customer).exclude(status="cancelled").values_list("slot", flat=True)
        )
        more["slot"] = next(slot for slot in range(1, 5) if slot not in taken)
    if more.get("agent_key"):
        more.setdefault("agent_relation", "agent")
    if more.get("slot") is None and more.get("import_batch"):
        more.setdefault("issued_at", BEFORE_THE_RULES)
    issued_at = more.pop("issued_at", NOON)
    more.setdefault("activated_at", None if status == CardStatus.ISSUED else issued_at)
    made = Card(
        account=of,
        customer=of.customer,
        product=product,
        status=status,
        number_index=card_key(number),
        issued_at=issued_at,
        cancelled_at=NOON if status == CardStatus.CANCELLED else None,
        **more,
    )
    made.number = number
    made.save(force_insert=True)
    return made


def individual_particulars(**changed: str) -> dict[str, str]:
    """Return an individual's particulars as the desk's form sends them."""
    fields = {"occupation": "clerk", "nationality": "CHN", "address": "北京市东城区长安街1号", "tax_residency": "china"}
    return {f"particulars-{name}": value for name, value in (fields | changed).items()}


def organization_particulars(**changed: str) -> dict[str, str]:
    """Return an organization's particulars with one beneficial owner, as the desk's form sends them."""
    fields = {"proof_kind": "business_licence", "address": "福建省厦门市示范路2号", "business": "软件开发"}
    fields |= {"tax_entity": "other", "tax_residency": "china"} | changed
    owner = {"name": LI.name, "type": LI.type, "number": LI.number, "no_end": "on", "control": "equity", "share": "60"}
    return {f"particulars-{name}": value for name, value in fields.items()} | {
        f"owner1-{name}": value for name, value in owner.items()
    }
