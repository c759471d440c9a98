"""Rows for tests, written directly: what a test is not about must not be in its way."""

import itertools
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any

from stdnum.iso7064 import mod_11_2

from accounts.models import Account, Card, Customer, Document, ExternalAccount, Identity
from accounts.vocabulary import AccountClass, AccountKind, CardProduct, CardStatus, CustomerKind, RequestStatus
from config.kernel.identity.documents import parse_document
from config.kernel.keys import Caller
from config.kernel.models import Approval, Principal
from config.kernel.sealed import account_key, card_key, identity_key, name_key, phone_key
from tests.clock import NOON

DAY = date(2026, 1, 5)


@dataclass(frozen=True)
class Person:
    """Somebody of the cast, not yet a customer."""

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
        """The body that registers this person."""
        return {"kind": str(self.kind), "name": self.name, "document": self.document}


ZHANG = Person("张三", "11010519491231002X")
LI = Person("李四", "360426199101010071")
WANG = Person("王五", "110105200402290020")
UNIT = Person("示范有限公司", "91350100M000100Y43", "uscc", CustomerKind.ORGANIZATION)

_counter = itertools.count(1)


def citizen_number(district: str = "110105", birth: str = "19900101", sequence: int = 1) -> str:
    """Return a made-up citizen number with the right check digit."""
    body = f"{district}{birth}{sequence:03d}"
    return body + mod_11_2.calc_check_digit(body)


def somebody(name: str = "赵六") -> Person:
    """Return a person nobody has met: another number each time."""
    count = next(_counter)
    birth = f"{1950 + count // 900 % 50}0301"
    return Person(name, citizen_number(birth=birth, sequence=count % 900 + 1))


def key_of(kind: str, number: str, country: str | None = None) -> bytes:
    """Return the identity key of a document."""
    return identity_key(parse_document(kind, number, country, on=DAY).identity)


def caller(role: str, name: str = "") -> Caller:
    """Return a principal of a role as operations take it; the same name is the same one."""
    principal, _ = Principal.objects.get_or_create(name=f"{role}{name and '-' + name}", defaults={"role": role})
    return Caller(id=principal.id, name=principal.name, role=role)


def customer(person: Person | None = None, *, phone: str | None = None, at: datetime = NOON, **more: Any) -> Customer:
    """Make a person a customer with one active document."""
    person = person or somebody()
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


def document(
    holder: Customer, kind: str, number: str, country: str | None = None, *, is_primary: bool = False
) -> Document:
    """Give a customer an active document, and its identity if he has not got it."""
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


def external_account(holder: Customer, number: str, bank: str = "ICBC", **more: Any) -> ExternalAccount:
    """Give a customer an own account at another bank, of which nobody has decided yet."""
    made = ExternalAccount(
        customer=holder, bank_code=bank, number_key=account_key(number, bank), **{"asked_at": NOON} | more
    )
    made.sealed_number, made.evidence = number, "见卡"
    made.save(force_insert=True)
    return made


def approved(kind: str, row: Any) -> None:
    """Write that a second person approved what a test puts in force: the database asks for it."""
    one, other = (caller("supervisor", name) for name in ("maker-of-a-test", "checker-of-a-test"))
    Approval.objects.create(
        kind=kind, status="approved", object_type=kind, object_id=row.pk, made_by_id=one.id, made_at=NOON,
        decided_by_id=other.id, decided_at=NOON, expires_at=NOON + timedelta(days=7),
    )  # fmt: skip


def account(
    holder: Customer,
    account_class: str | None = None,
    kind: str = AccountKind.BANK,
    *,
    balance_fen: int = 0,
    account_number: str = "",
    **more: Any,
) -> Account:
    """Open an account directly: Class II for an individual, none for an organization, unless told."""
    if account_class is None:
        account_class = AccountClass.NONE if holder.kind == CustomerKind.ORGANIZATION else AccountClass.II
    if "class_slot" not in more:
        same = Account.objects.filter(customer=holder, kind=kind, account_class=account_class, status="open").count()
        counted = account_class != AccountClass.NONE and (kind, account_class) not in {
            (AccountKind.PAYMENT, AccountClass.I),
            (AccountKind.PAYMENT, AccountClass.II),
        }
        more["class_slot"] = same + 1 if counted else None
    return Account.objects.create(
        customer=holder,
        account_number=account_number or f"6000{next(_counter):012d}",
        kind=kind,
        account_class=account_class,
        opened_at=more.pop("opened_at", NOON),
        balance_fen=balance_fen,
        **more,
    )


def card(
    of: Account, *, product: str = CardProduct.DEBIT, status: str = CardStatus.ACTIVE, number: str = "", **more: Any
) -> Card:
    """Issue a card directly, in the lowest free slot if it is a debit card."""
    number = number or f"62284899{next(_counter):08d}"
    if "slot" not in more and product == CardProduct.DEBIT and status != CardStatus.CANCELLED:
        taken = set(
            Card.objects.filter(customer=of.customer).exclude(status="cancelled").values_list("slot", flat=True)
        )
        more["slot"] = next(slot for slot in range(1, 5) if slot not in taken)
    made = Card(
        account=of,
        customer=of.customer,
        product=product,
        status=status,
        number_index=card_key(number),
        issued_at=NOON,
        cancelled_at=NOON if status == CardStatus.CANCELLED else None,
        **more,
    )
    made.number = number
    made.save(force_insert=True)
    return made
