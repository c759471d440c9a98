"""Registrations and openings over HTTP, with the bank's own screening system."""

from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import timedelta
from typing import Any
from uuid import uuid4

import pytest
from django.contrib.admin import site
from django.http import HttpResponse

from accounts.letters.queries.composition import refusals_of
from accounts.models import Account, Card, Customer, CustomerParticulars, LegalRepresentative
from accounts.operations.accounts import open_account
from accounts.operations.card_exceptions import ask_card_exception
from accounts.operations.cards import issue_card, replace_card
from accounts.operations.customers import NewCustomer, Representative, keep_representative, register_customer
from accounts.operations.external_accounts import ExternalAccountInput, request_external_account
from accounts.operations.names import NewName, request_name_change
from accounts.operations.particulars import OrganizationParticulars, Owner, record_particulars
from accounts.vocabulary import AccountClass, AccountKind, CardProduct, CustomerKind
from accounts.vocabulary.particulars import Control, ProofKind
from config.frames.back_office.evidence import DecisionAdmin
from config.kernel.approvals.counts import refusals_by_day, refusals_since
from config.kernel.database.sql import rows
from config.kernel.database.transactions import perform
from config.kernel.identity.documents import parse_document
from config.kernel.models import Approval, Decision, IdempotencyKey
from config.kernel.requests.documents import DocumentInput
from config.kernel.requests.special_measures import CheckUnavailable, Named, PartInAct
from config.oversight.queries.monthly_return import monthly_return
from tests import factories
from tests.clock import NOON
from tests.desk.pages import text_of
from tests.factories import LI, ORGANIZATION, WANG, ZHANG
from tests.http import ApiClient, code, refused

pytestmark = [pytest.mark.django_db, pytest.mark.application]
AGENT = {"name": LI.name, "document": LI.document}
OWNER = {"name": WANG.name, "document": WANG.document | {"valid_until": None}, "control": "equity", "share": "60"}
UNIT = {"address": "某市某路1号", "proof_kind": "business_licence", "business": "软件", "owners": [OWNER]}


@dataclass(frozen=True)
class World:
    """What the acts are about: 张三 with an account, a lost card and four live ones."""

    teller: ApiClient
    zhang: Customer
    account: Account
    card: Card


@pytest.fixture
def world(teller, zhang) -> World:
    account = factories.account(zhang, "I")
    card = factories.card(account)
    return World(teller, zhang, account, card)


def register(world: World, **key: Any) -> HttpResponse:
    body = {"kind": "organization", "name": ORGANIZATION.name, "document": ORGANIZATION.document}
    return world.teller.post("/customers", body | {"particulars": {"unit": UNIT}}, **key)


def open_one(world: World, **key: Any) -> HttpResponse:
    body = {"customer_id": str(world.zhang.id), "kind": "bank", "account_class": "II", "agent": AGENT}
    return world.teller.post("/accounts", body, **key)


def issue(world: World, **key: Any) -> HttpResponse:
    return world.teller.post(f"/accounts/{world.account.id}/cards", {"product": "debit", "agent": AGENT}, **key)


def replace_one(world: World, **key: Any) -> HttpResponse:
    return world.teller.post(f"/cards/{world.card.id}/replace", **key)


def ask_exception(world: World, **key: Any) -> HttpResponse:
    for _ in range(4 - Card.objects.count()):
        factories.card(world.account)
    body = {"product": "debit", "reason": "工资卡在外地"}
    return world.teller.post(f"/accounts/{world.account.id}/card-exceptions", body, **key)


def rename(world: World, **key: Any) -> HttpResponse:
    body = {"name": "张珊", "document": ZHANG.document, "evidence": "户口簿变更记载"}
    return world.teller.post(f"/customers/{world.zhang.id}/names", body, **key)


def own_elsewhere(world: World, **key: Any) -> HttpResponse:
    body = {"account_number": "621700001111", "bank_code": "CCB", "name": "张三", "evidence": "银行卡原件"}
    return world.teller.post(f"/customers/{world.zhang.id}/external-accounts", body, **key)


type Act = Callable[..., HttpResponse]
#: Each act, with the kind of its decision, the names in its question, and the status of its success.
ACTS: list[tuple[Act, str, list[str], int]] = [
    (register, "register_customer", ["示范有限公司", "王五"], 201),
    (open_one, "open_account", ["张三", "李四"], 201),
    (issue, "issue_card", ["张三", "李四"], 201),
    (replace_one, "replace_card", ["张三"], 201),
    (ask_exception, "ask_card_exception", ["张三"], 201),
    (rename, "name_change", ["张珊", "张三"], 201),
    (own_elsewhere, "external_account", ["张三"], 201),
]
each_act = pytest.mark.parametrize(("act", "kind", "names", "status"), ACTS, ids=[each[1] for each in ACTS])


def written() -> tuple[int, ...]:
    return tuple(each.objects.count() for each in (Customer, Account, Card, Approval, IdempotencyKey, Decision))


@each_act
def test_act_names_all_its_people_once_and_keeps_the_answer(world, system, act, kind, names, status):
    answer = act(world)
    assert answer.status_code == status, answer.json()
    assert [(each["act"], [one["name"] for one in each["subjects"]]) for each in system.asked] == [(kind, names)]
    facts = Decision.objects.get(kind=kind).facts
    assert facts["special_measures_reference"] == "SM-2026-0001"
    assert facts["special_measures_asked_at"] == "2026-01-05T12:00:00.000000+08:00"
    assert facts["special_measures_hit"] is False


@each_act
def test_act_about_a_person_found_is_not_provided(world, system, act, kind, names, status):
    system.listed.add(names[-1])
    ask_exception(replace(world, teller=_Nobody())) if act is ask_exception else None
    before = written()
    key = uuid4().hex
    body = refused(act(world, key=key), "NOT_PROVIDED")
    assert (body["detail"], body["clause"], body["fields"]) == ("本行不能为您办理此项业务。", None, {})
    # The key keeps its answer, and the decision is kept.
    assert written() == (*before[:4], before[4] + 1, before[5] + 1)
    decision = Decision.objects.get(kind="special_measures")
    assert (decision.outcome, decision.code, decision.clause) == ("refused", "NOT_PROVIDED", "")
    assert decision.facts["act"] == kind
    assert decision.facts["special_measures_hit"] is True
    assert not any(name in str(decision.facts) for name in names)
    again = act(world, key=key)
    assert (code(again), again["Idempotent-Replayed"]) == ((422, "NOT_PROVIDED"), "true")
    assert len(system.asked) == 1


class _Nobody:
    """A client that sends nothing."""

    def post(self, *_: Any, **__: Any) -> None:
        return None


@each_act
def test_nothing_is_done_without_an_answer(world, down, act, kind, names, status):
    ask_exception(replace(world, teller=_Nobody())) if act is ask_exception else None
    before, key = written(), uuid4().hex
    answer = act(world, key=key)
    assert (code(answer), answer["Retry-After"]) == ((503, "CHECK_UNAVAILABLE"), "2")
    assert written() == before
    down.answers_with = None
    assert act(world, key=key).status_code == status


@each_act
def test_a_repeat_asks_about_nobody(world, system, act, kind, names, status):
    key = uuid4().hex
    first = act(world, key=key)
    again = act(world, key=key)
    assert (again.content, again["Idempotent-Replayed"]) == (first.content, "true")
    assert len(system.asked) == 1


@each_act
def test_an_operation_without_a_check_is_not_carried_out(world, system, act, kind, names, status):
    teller = world.teller.caller
    operations: dict[str, Callable[[], object]] = {
        "register_customer": lambda: register_customer(
            principal=teller, new=NewCustomer(CustomerKind.INDIVIDUAL, LI.name, DocumentInput(LI.type, LI.number))
        ),
        "open_account": lambda: open_account(
            principal=teller, customer_id=world.zhang.id, kind=AccountKind.BANK, account_class=AccountClass.II
        ),
        "issue_card": lambda: issue_card(principal=teller, account_id=world.account.id, product=CardProduct.DEBIT),
        "replace_card": lambda: replace_card(principal=teller, card_id=world.card.id),
        "ask_card_exception": lambda: ask_card_exception(
            principal=teller, account_id=world.account.id, product=CardProduct.DEBIT, reason="工资卡在外地"
        ),
        "name_change": lambda: request_name_change(
            principal=teller,
            customer_id=world.zhang.id,
            entered=NewName("张珊", DocumentInput(ZHANG.type, ZHANG.number), "户口簿变更记载"),
        ),
        "external_account": lambda: request_external_account(
            principal=teller,
            customer_id=world.zhang.id,
            entered=ExternalAccountInput("621700001111", "CCB", "张三", "银行卡原件"),
        ),
    }
    before = written()
    with pytest.raises(CheckUnavailable):
        perform(operations[kind])
    assert written() == before


def test_english_sentence(world, system):
    system.listed.add("李四")
    with_english = world.teller._client()
    answer = with_english.post(
        "/api/v1/accounts",
        {"customer_id": str(world.zhang.id), "kind": "bank", "account_class": "II", "agent": AGENT},
        content_type="application/json",
        headers={"Idempotency-Key": uuid4().hex, "Accept-Language": "en"},
    )
    assert refused(answer, "NOT_PROVIDED")["detail"] == "The bank cannot provide this service."


def test_representative_and_owners_on_record_are_named(world, system):
    customer_id = register(world).json()["id"]
    world.teller.post("/accounts", {"customer_id": customer_id, "kind": "bank", "account_class": "none"})
    assert [(each["name"], each["role"], each["kind"]) for each in system.asked[1]["subjects"]] == [
        ("示范有限公司", "holder", "organization"),
        ("王五", "owner", "individual"),
    ]


@pytest.mark.parametrize(
    ("sent", "status"),
    [
        ({"account_class": "IV"}, 400),
        ({"agent": AGENT | {"document": {"type": "resident_id", "number": "1"}}}, 400),
    ],
)
def test_a_wrong_request_asks_about_nobody(world, system, sent, status):
    body = {"customer_id": str(world.zhang.id), "kind": "bank", "account_class": "II"} | sent
    assert world.teller.post("/accounts", body).status_code == status
    assert system.asked == []


def test_a_wrong_document_asks_about_nobody(world, system):
    body = {"kind": "individual", "name": "李四", "document": {"type": "resident_id", "number": "360426199101010072"}}
    assert world.teller.post("/customers", body).status_code == 400
    assert system.asked == []


def test_another_role_asks_about_nobody(world, system, supervisor):
    assert open_one(replace(world, teller=supervisor)).status_code == 403
    assert system.asked == []


def test_an_unknown_customer_is_not_found(world, system):
    body = {"customer_id": str(uuid4()), "kind": "bank", "account_class": "II"}
    assert code(world.teller.post("/accounts", body)) == (404, "NOT_FOUND")
    assert system.asked == []


def test_a_customer_with_another_name_than_was_asked_about_is_not_served(world, system, monkeypatch):
    before = iter([Named("张三丰", PartInAct.HOLDER)])
    monkeypatch.setattr("accounts.operations.people_named.customer", lambda _: before)
    assert code(open_one(world)) == (503, "CHECK_UNAVAILABLE")
    assert Account.objects.count() == 1


class TestWhoSeesIt:
    """The decision is for compliance and auditors; no other page, count or letter shows it."""

    @pytest.fixture
    def found(self, world, system):
        system.listed.add("张三")
        refused(open_one(world), "NOT_PROVIDED")
        return Decision.objects.get(kind="special_measures")

    def test_compliance_and_auditors_see_the_decision(self, found, world, signed_in):
        assert found.customer_id == world.zhang.id
        for role in ("compliance", "auditor"):
            desk = signed_in(role)
            assert "特别预防措施核查" in text_of(desk.get("/desk/decisions?code=NOT_PROVIDED"))
            page = text_of(desk.get(f"/desk/decisions/{found.id}"))
            assert "SM-2026-0001" in page
            assert "开户" in page
        for role in ("teller", "supervisor"):
            assert signed_in(role).get(f"/desk/decisions/{found.id}").status_code == 403

    @pytest.mark.parametrize("role", ["teller", "supervisor", "compliance"])
    def test_no_page_of_the_customer_shows_it(self, found, world, signed_in, role):
        desk = signed_in(role)
        for address in (f"/desk/customers/{world.zhang.id}", f"/desk/customers/{world.zhang.id}/timeline", "/desk/"):
            page = desk.get(address)
            if page.status_code == 200:
                shown = text_of(page)
                assert not any(word in shown for word in ("特别预防措施", "NOT_PROVIDED", "不予办理", str(found.id)))
            else:
                assert page.status_code in {302, 403, 404}

    def test_no_letter_announces_it(self, found, world):
        assert not refusals_of([world.zhang.id]).exists()
        assert "NOT_PROVIDED" not in world.teller.get(f"/customers/{world.zhang.id}/letters").content.decode()

    def test_no_count_of_refusals_has_it(self, found):
        asked = refusals_since(found.at, most=8), refusals_by_day(found.at, found.at + timedelta(days=1))
        assert [rows(each.text, each.params) for each in asked] == [[], []]

    def test_the_monthly_return_does_not_have_it(self, found):
        assert monthly_return(NOON.date().replace(day=1), NOON).refusals == {}

    def test_the_back_office_does_not_show_it(self, found, rf):
        assert not DecisionAdmin(Decision, site).get_queryset(rf.get("/")).filter(pk=found.pk).exists()


def test_owners_and_representatives_without_a_check_are_not_recorded(system, teller, organization):
    document = parse_document(LI.type, LI.number, None, on=factories.DAY)
    stated = OrganizationParticulars(
        "某市某路1号", ProofKind.BUSINESS_LICENCE, "软件", (Owner("李四", document, Control.EQUITY, 6000),)
    )
    acts: list[Callable[[], object]] = [
        lambda: record_particulars(principal=teller.caller, customer_id=organization.id, entered=stated),
        lambda: keep_representative(organization.id, Representative("李四", document), teller.caller, NOON),
    ]
    for act in acts:
        with pytest.raises(CheckUnavailable):
            perform(act)
    assert not CustomerParticulars.objects.exists()
    assert not LegalRepresentative.objects.exists()
