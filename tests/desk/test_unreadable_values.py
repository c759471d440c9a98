"""A sealed value that cannot be opened hides no other row: pages and answers mark that value only."""

import re
from collections import Counter

import pytest
from django.apps import apps
from django.contrib.admin import site
from django.test import Client
from django.urls import resolve

from accounts.models import Account, Card, Customer
from accounts.operations.documents import request_document_link
from blacklist.models import Certificate
from config.kernel.database.sql import rows
from config.kernel.identity.masking import Unreadable
from config.kernel.identity.names import same_name
from config.kernel.models import Approval
from config.kernel.requests.documents import DocumentInput
from config.kernel.vault.sealed import SealedField, unreadable_count
from config.oversight.queries.proof import INVARIANTS, prove
from tests import factories
from tests.back_office import OURS, address, fill, listing
from tests.browser.places import BY_ROLE, PEOPLE
from tests.database_refusals import past_the_guards
from tests.desk.pages import text_of
from tests.http import ApiClient
from tests.tampering.guards import take_away
from transfers.models import Transfer

pytestmark = pytest.mark.django_db

SAID = "无法读取"
MOST = 12
PAGE = re.compile(r'href="(/desk/[^"#]*)"')
KEY_ID = "UPDATE {table} SET {column} = set_byte({column}, 1, ascii('9')) WHERE {column} IS NOT NULL"
DAMAGED = "UPDATE {table} SET {column} = set_byte({column}, length({column}) - 1, get_byte({column}, length({column}) - 1) # 1)"
CUT = "UPDATE {table} SET {column} = substr({column}, 1, {length}) WHERE {column} IS NOT NULL"


def spoil(statement: str) -> None:
    """Write to customers with the guards disabled: an unreadable value is damage and no change of name."""
    with past_the_guards("accounts_customer"):
        rows(statement)


def sealed_fields() -> list[SealedField]:
    return [
        field for model in apps.get_models() for field in model._meta.local_fields if isinstance(field, SealedField)
    ]


@pytest.fixture(params=[DAMAGED, KEY_ID], ids=["last-byte", "key-id"])
def damaged(request, noon):
    """A bank with a row in every table, in which no sealed value can be opened."""
    fill()
    take_away()
    for field in sealed_fields():
        rows(request.param.format(table=field.model._meta.db_table, column=field.column))


def test_every_answer_of_the_api_comes(damaged):
    clients = {role: ApiClient(role) for role in ("teller", "supervisor", "compliance")}
    paths = [
        "/transfers", *(f"/transfers/{row.pk}" for row in Transfer.objects.all()),
        *(f"/customers/{row.pk}" for row in Customer.objects.all()),
        *(f"/accounts/{row.pk}" for row in Account.objects.all()),
        "/approvals", *(f"/approvals/{row.pk}" for row in Approval.objects.all()),
        "/blacklist/certificates", *(f"/blacklist/certificates/{row.pk}" for row in Certificate.objects.all()),
    ]  # fmt: skip
    answers = {path: {role: client.get(path) for role, client in clients.items()} for path in paths}
    assert max(each.status_code for by_role in answers.values() for each in by_role.values()) < 500
    for path in ("/transfers", "/blacklist/certificates"):
        assert any(SAID in text_of(each) for each in answers[path].values()), path
    assert unreadable_count() > 0


def test_every_page_of_the_desk_comes(damaged, signed_in):
    opened = Counter[str]()
    for role in PEOPLE:
        client: Client = signed_in(role)
        seen, waiting, said = {"/desk/"}, ["/desk/"], 0
        waiting += [f"/desk/customers/{row.pk}" for row in Customer.objects.all()]
        waiting += [f"/desk/transfers/{row.pk}" for row in Transfer.objects.all()]
        while waiting:
            path = waiting.pop()
            # Of the same page a few: what follows is like it, for another role too if the page looks no different to it.
            name = str(resolve(path.partition("?")[0]).url_name)
            kind = f"{name} {role}" if name in BY_ROLE else name
            if opened[kind] >= MOST:
                continue
            page = client.get(path)
            assert page.status_code < 500, page.request["PATH_INFO"]
            opened[kind] += page.status_code != 403
            if page.status_code == 200 and not page.streaming:
                said += SAID in text_of(page)
                fresh = {link.replace("&amp;", "&") for link in PAGE.findall(text_of(page))} - seen
                seen |= fresh
                waiting += sorted(fresh)
        assert said or role == "auditor", role


def test_every_page_of_the_back_office_comes(damaged, staff):
    client = staff("superuser")
    for model in filter(site.is_registered, OURS):
        pages = [listing(model), *(address(row) for row in model._default_manager.all()[:2])]
        assert [client.get(page).status_code for page in pages] == [200] * len(pages)
    assert SAID in text_of(client.get(listing(Customer)))


def test_no_byte_of_a_sealed_value_may_be_another(noon, caplog):
    """Every sealed column is tested with two bits of each byte changed, so that the key id becomes unknown too."""
    fill()
    looked_at = 0
    for field in sealed_fields():
        row = field.model._default_manager.exclude(**{field.name: None}).first() or field.model()
        if row.__dict__.get(field.attname) is None:
            setattr(row, field.attname, "x")
        whole, opened = bytes(row.__dict__[field.attname]), getattr(row, field.attname)
        for position, byte in enumerate(whole):
            for bit in (1, 8):
                row.__dict__[field.attname] = whole[:position] + bytes([byte ^ bit]) + whole[position + 1 :]
                assert isinstance(getattr(row, field.attname), Unreadable), (field, position)
                looked_at += 1
        assert not any(opened in record.getMessage() for record in caplog.records if len(opened) > 8)
    assert looked_at > 100 * len(sealed_fields())


@pytest.fixture
def named_by_key(noon):
    """Return a function that seals the names of the first payee and a customer with a key that this process lacks."""
    fill()

    def seal_again(key_id: str) -> Customer:
        customer = Customer.objects.exclude(name=None).first()
        paid = Transfer.objects.exclude(payee_name=None).latest("pk")
        with past_the_guards("accounts_customer", "transfers_transfer"):
            for row, column in ((customer, "name"), (paid, "payee_name")):
                # One value of one row.
                rows(
                    f"UPDATE {row._meta.db_table} SET {column} = set_byte({column}, 1, ascii(%s)) WHERE id = %s",
                    [key_id, row.pk],
                )
        return customer

    return seal_again


PLACES = ("/api/v1/transfers?limit=50", "/desk/transfers", "/desk/customers/{id}", "/api/v1/customers/{id}")


@pytest.mark.parametrize("place", PLACES)
@pytest.mark.parametrize(("key_id", "status"), [("9", 200), ("8", 503)], ids=["unknown", "missing"])
def test_value_sealed_with_another_key_is_unreadable(named_by_key, signed_in, place, key_id, status):
    """A key id unknown to the database is damage; another process may have a key that this one lacks."""
    customer = named_by_key(key_id)
    rows("INSERT INTO kernel_keymark (id, kind, key_id, mark) VALUES (gen_random_uuid(), 'field', '8', %s)", [b"x"])
    path = place.format(id=customer.pk)
    if path.startswith("/api"):
        answer = ApiClient("teller").get(path.removeprefix("/api/v1"))
    else:
        desk = signed_in("teller")
        desk.raise_request_exception = False
        answer = desk.get(path)
    assert answer.status_code == status
    if status == 200:
        assert SAID in text_of(answer)


def test_look_up_finds_a_customer_whose_name_has_an_unknown_key_id(named_by_key, client_for):
    customer = named_by_key("9")
    document = customer.documents.first()
    body = {"type": document.type, "number": document.number, "country": document.country}
    answer = client_for("teller").post("/customers/lookup", {"document": body}, key=None)
    assert answer.status_code == 200
    assert answer.json()["id"] == str(customer.pk)


def test_the_answer_of_a_repeat_that_cannot_be_read_is_counted_and_nothing_is_done_again(client_for, zhang):
    body = {"account_number": "6217000000000006", "bank_code": "OTHERBANK", "name": "张三", "evidence": "存折"}
    path = f"/customers/{zhang.pk}/external-accounts"
    first = client_for("teller").post(path, body, key="once")
    assert first.status_code < 300
    rows(KEY_ID.format(table="kernel_idempotencykey", column="body"))
    before = unreadable_count()
    assert client_for("teller").post(path, body, key="once").status_code == 500
    assert unreadable_count() == before + 1
    assert zhang.external_accounts.count() == 1


@pytest.mark.parametrize("length", [0, 1, 5, 14, 20])
def test_truncated_value_is_unreadable(zhang, length):
    spoil(CUT.format(table="accounts_customer", column="name", length=length))
    assert isinstance(Customer.objects.get().name, Unreadable)


def test_unreadable_value_is_logged_once_without_its_content(zhang, caplog):
    spoil(DAMAGED.format(table="accounts_customer", column="name"))
    for _ in range(2):
        _ = Customer.objects.get().name
    assert [record.getMessage() for record in caplog.records if record.name == "bank.sealed"] == [
        f"accounts_customer.name.{zhang.pk} does not open (InvalidTag)"
    ]


def test_the_metrics_count_it(zhang):
    before = unreadable_count()
    spoil(DAMAGED.format(table="accounts_customer", column="name"))
    _ = Customer.objects.get().name
    metrics = text_of(Client().get("/metrics"))
    assert f"bank_unreadable_values {before + 1:.1f}" in metrics


def test_proof_names_the_unreadable_value(zhang):
    spoil(DAMAGED.format(table="accounts_customer", column="name"))
    (keys,) = (each for each in INVARIANTS if each.name == "I28")
    (finding,) = prove((keys,))
    assert f"accounts_customer.name {zhang.pk}" in finding.ids


def test_unreadable_value_equals_no_name_and_is_not_sealed_again(zhang, li):
    spoil(DAMAGED.format(table="accounts_customer", column="name"))
    one, other = (Customer.objects.get(pk=each.pk).name for each in (zhang, li))
    assert not same_name(one, other)
    assert not same_name(one, SAID)
    assert one != other
    customer = Customer.objects.get(pk=zhang.pk)
    with pytest.raises(TypeError, match="not sealed again"):
        customer.name = one


def test_an_account_elsewhere_is_not_taken_on_a_name_that_cannot_be_read(client_for, zhang):
    spoil(DAMAGED.format(table="accounts_customer", column="name"))
    body = {"account_number": "6217000000000006", "bank_code": "OTHERBANK", "name": SAID, "evidence": "存折"}
    answer = client_for("teller").post(f"/customers/{zhang.pk}/external-accounts", body)
    assert answer.json()["code"] == "NOT_THE_HOLDER"


def test_proposal_with_unreadable_evidence_is_stale(supervisor, zhang):
    document = DocumentInput("passport", "X1234567", "GBR", None)
    request_document_link(principal=factories.caller("teller"), customer_id=zhang.pk, entered=document)
    spoil(DAMAGED.format(table="accounts_customer", column="name"))
    assert supervisor.approve(str(Approval.objects.get().pk)).json()["code"] == "APPROVAL_STALE"
    assert not Card.objects.exists()
