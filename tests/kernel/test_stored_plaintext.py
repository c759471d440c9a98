"""The database contains no personal data in plain text, in hexadecimal digits or in base64.

The only exception are numbers of the bank's own accounts.
"""

import base64
import re
from collections.abc import Iterator
from typing import Any

import pytest
from django.apps import apps
from django.contrib.auth.models import User
from django.contrib.sessions.models import Session
from django.core import signing
from django.db import connection
from django.test import Client

from accounts.models import Account, Card, Customer, LegalRepresentative
from accounts.operations.particulars import OrganizationParticulars, Owner, record_particulars
from accounts.vocabulary.particulars import Control, ProofKind
from blacklist.models import Certificate
from config.frames.desk import passkeys
from config.frames.desk.demo_users import PASSWORD, code_of, seed_of
from config.frames.desk.second_factors import new_sheet, prepare_second_factor
from config.frames.desk.sessions import SessionStore
from config.kernel.database.sql import rows
from config.kernel.database.transactions import owned, perform
from config.kernel.identity.documents import parse_document
from config.kernel.models import Principal, SecondFactor
from config.kernel.requests import drafts
from config.kernel.requests.documents import DocumentInput, read_document
from config.kernel.requests.saved_views import keep_view
from config.kernel.vault.sealed import SealedField, identity_key
from config.people.demo_users import ensure_users
from tests import factories, people
from tests.architecture.house import ROOT, production
from tests.browser.town import Town
from tests.browser.words import Words
from tests.database_refusals import past_the_guards
from tests.http import ApiClient
from tests.passkeys import Device

pytestmark = pytest.mark.django_db

TABLES = """
SELECT c.relname AS name FROM pg_class c
WHERE c.relkind IN ('r', 'p') AND c.relnamespace = 'public'::regnamespace ORDER BY 1
"""
TYPED_WRONG = "typed-wrong-9981"
TYPED_HALF = "typed-half-7713"
ADDRESS = "示范省示范市示范路7713号"


class Names(Words):
    """Source of a different name for each person."""

    def __init__(self) -> None:
        super().__init__()
        self.given: list[str] = []

    def name(self) -> str:
        self.given.append(f"欧阳{chr(0x5EFA + len(self.given))}国")
        return self.given[-1]


def stored() -> Iterator[tuple[str, str]]:
    """Yield each table with all its rows as text; binary columns as hexadecimal digits."""
    for table in rows(TABLES):
        name = table["name"]
        found = rows(f'SELECT t::text AS text FROM "{name}" t')
        yield name, "\n".join(row["text"] for row in found)
    # What a session holds is packed.
    salt = SessionStore().key_salt
    yield (
        "django_session",
        "\n".join(
            str(signing.loads(each.session_data, salt=f"{salt}.{each.session_key}")) for each in Session.objects.all()
        ),
    )


def forms(secret: str) -> Iterator[str]:
    """Yield the unsealed forms of a text: plain, hexadecimal, base64."""
    data = secret.encode()
    yield from (re.escape(each) for each in (secret, data.hex(), base64.b64encode(data).decode().rstrip("=")))
    if re.fullmatch(r"\d{4}-\d\d-\d\d", secret):
        # Eight digits may be a part of any identifier.
        yield rf"(?<![0-9a-f-]){secret.replace('-', '')}(?![0-9a-f-])"


def found(secrets: set[str]) -> set[tuple[str, str]]:
    """Return the tables that contain one of the texts, each with the text."""
    return {
        (table, secret)
        for table, text in stored()
        for secret in secrets
        if any(re.search(each, text) for each in forms(secret))
    }


def build() -> tuple[Town, set[str]]:
    """Create rows in every table; return the town and the texts that no table may contain."""
    clients: dict[str, ApiClient] = {}

    def call(name: str, path: str, body: dict[str, Any]) -> Any:
        role, _, number = name.partition("_")
        return clients.setdefault(name, ApiClient(role, number)).post(path, body)

    names = Names()
    town = Town(call, names).build()
    passport = {"type": "passport", "number": "E76543210", "country": "GBR"}
    child = {"kind": "individual", "name": names.name(), "document": passport, "birth_date": "2011-07-23"}
    customer = town._post("teller", "/customers", child)["id"]
    assert str(Customer.objects.get(pk=customer).born_on) == "2011-07-23"
    shown = {"document": passport | {"valid_until": "2046-01-04"}, "identity_check": {"method": "x", "result": "match"}}
    assert call("teller", f"/customers/{customer}/documents/renewals", shown).status_code == 200
    renamed = {"name": names.name(), "document": shown["document"], "evidence": names.text("name-evidence", 1000)}
    assert call("teller", f"/customers/{customer}/names", renamed).status_code == 201
    stranger = child | {"name": names.name()}
    assert clients["teller"].post("/customers", stranger).json()["code"] == "IDENTITY_CONFLICT"
    organization = Customer.objects.get(kind="organization")
    _represent(organization, names.name(), town._document()["number"])
    _tell(organization, names.name(), town._document()["number"])
    town.secrets |= {
        "2011-07-23",
        "1980-02-15",
        "E76543210",
        "E12345678",
        "8888777766665555",
        "8888999900001111",
        ADDRESS,
    }
    # An authority is no person.
    town.secrets |= set(names.given) - set(Certificate.objects.values_list("authority_name", flat=True))
    town.secrets |= {client.bearer for client in clients.values()}
    return town, town.secrets | sign_ins()


def _represent(organization: Customer, name: str, number: str) -> None:
    document = parse_document("resident_id", number, None, on=factories.DAY)
    person = LegalRepresentative(
        customer=organization,
        identity_key=identity_key(document.identity),
        type=document.type,
        at=organization.created_at,
    )
    person.name, person.number = name, number
    person.save(force_insert=True)


def _tell(organization: Customer, name: str, number: str) -> None:
    owner = Owner(
        name, read_document(DocumentInput("resident_id", number, None, None), on=factories.DAY), Control.EQUITY, 60_00
    )
    particulars = OrganizationParticulars(ADDRESS, ProofKind.BUSINESS_LICENCE, "软件开发", (owner,))
    perform(
        lambda: record_particulars(
            principal=factories.caller("teller"), customer_id=organization.id, entered=particulars
        )
    )


def sign_ins() -> set[str]:
    """Let people sign in, and one fail; return their secrets."""
    for role in ("supervisor", "auditor"):
        people.ensure(role, role)
    with owned():
        ensure_users()
    desk = Client()
    fields = {"username": "auditor", "code": code_of("auditor")}
    assert desk.post("/desk/sign-in", fields | {"password": TYPED_WRONG}).status_code == 200
    assert desk.post("/desk/sign-in", fields | {"password": PASSWORD}).status_code == 302
    assert desk.get("/desk/").status_code == 200
    with owned():
        supervisor = User.objects.get(username="supervisor")
        seed, codes = prepare_second_factor(supervisor), new_sheet(supervisor)
        passkeys.keep(supervisor, name="phone", answer=Device().make(passkeys.creation_options(supervisor)))
    drafts.keep(User.objects.get(username="auditor").pk, "/desk/transfers/new", TYPED_HALF)
    keep_view(Principal.objects.filter(role="auditor")[0].pk, "transfers", TYPED_HALF, "status=held")
    held = {desk.cookies["sessionid"].value, PASSWORD, TYPED_WRONG, TYPED_HALF, seed, seed_of("auditor"), *codes}
    held |= {each.replace(" ", "") for each in codes}
    return held | {each.key for each in SecondFactor.objects.all()}


#: Who may know django-otp's own table of second factors, whose seeds are in plain.
PLAIN_SEEDS = {
    "config/frames/back_office/people.py",
    "config/kernel/proof/kernel_invariants.py",
    "config/kernel/models/sign_ins.py",
    "config/settings/base.py",
}


def test_table_of_plain_second_factors_is_named_in_listed_modules_only():
    knowing = {str(file.relative_to(ROOT)) for file in production() if "otp_totp" in file.read_text()}
    assert {each for each in knowing if "/migrations/" not in each} == PLAIN_SEEDS


def test_personal_data_is_nowhere_in_plain(noon):
    town, secrets = build()
    own = set(Account.objects.values_list("account_number", flat=True))
    assert own < town.secrets
    assert {card.number for card in Card.objects.all()} < secrets
    empty = {
        model._meta.label
        for model in apps.get_models()
        if any(isinstance(field, SealedField) for field in model._meta.local_fields) and not model.objects.exists()
    }
    assert empty == set()
    assert found(secrets - own) == set()


@pytest.mark.parametrize(
    ("secret", "statement"),
    [
        ("1980-02-15", "UPDATE accounts_document SET valid_until = '1980-02-15'"),
        ("1980-02-15", "UPDATE kernel_idempotencykey SET key = 'of 19800215'"),
        ("13812345678", "UPDATE accounts_customer SET name = '13812345678'::bytea"),
        ("13812345678", "UPDATE kernel_idempotencykey SET key = encode('13812345678', 'base64')"),
    ],
)
def test_search_finds_plain_personal_data(noon, secret, statement):
    factories.customer(phone="13987654321")
    ApiClient("teller").post("/customers", factories.ZHANG.body)
    assert found({secret}) == set()
    with past_the_guards("accounts_customer", "accounts_document"), connection.cursor() as cursor:
        cursor.execute(statement)
        assert cursor.rowcount
    assert {each for _, each in found({secret})} == {secret}
