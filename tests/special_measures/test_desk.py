"""Acts at the desk with the bank's own screening system: a page that keeps the form, and no act without an answer."""

from collections.abc import Callable
from typing import Any
from uuid import uuid4

import pytest
from django.http import HttpResponse
from django.test import Client

from accounts.models import Account, Card, Customer, CustomerParticulars, ExternalAccount, NameChange
from config.kernel.models import Decision
from tests import factories
from tests.desk.pages import text_of
from tests.desk.test_opening import agent, identity, product, send
from tests.factories import ORGANIZATION, ZHANG
from transfers.models import Transfer

pytestmark = [pytest.mark.django_db, pytest.mark.application]


@pytest.fixture
def desk(noon, signed_in) -> Client:
    """A teller at the desk."""
    return signed_in("teller")


def post(client: Client, address: str, key: str = "", **fields: Any) -> HttpResponse:
    return client.post(address, {"once": key or uuid4().hex, **fields})


class TestOpening:
    def test_the_customer_the_agent_and_the_owners_are_asked_about_once(self, system, desk):
        send(desk, "check", identity(), product(), agent())
        assert [(each["act"], [one["name"] for one in each["subjects"]]) for each in system.asked] == [
            ("open_account", ["张三", "李四"])
        ]
        assert (Account.objects.count(), Card.objects.count()) == (1, 1)
        facts = {each.kind: each.facts for each in Decision.objects.all()}
        for kind in ("register_customer", "open_account", "issue_card"):
            assert facts[kind]["special_measures_reference"] == "SM-2026-0001"

    @pytest.mark.parametrize("found", ["张三", "李四"])
    def test_nothing_is_opened_for_a_person_found_and_the_form_is_kept(self, system, desk, found):
        system.listed.add(found)
        page = send(desk, "check", identity(), product(), agent())
        assert (page.status_code, page.context["problem"].code) == (422, "NOT_PROVIDED")
        text = text_of(page)
        assert "本行不能为您办理此项业务。" in text
        assert "特别预防措施" not in text
        assert not Customer.objects.exists()
        # Known to the page: the entries, so that the teller need not type them again.
        assert page.context["step"] == "check"
        assert page.context["draft"].identity.cleaned_data["name"] == "张三"

    def test_nothing_is_opened_without_an_answer_and_the_form_is_sent_again(self, down, desk):
        page = send(desk, "check", identity(), product())
        assert (page.status_code, page.context["problem"].code) == (503, "CHECK_UNAVAILABLE")
        assert "核查暂不可用，本次未作任何处理" in text_of(page)
        assert page.context["step"] == "check"
        assert not Customer.objects.exists()
        down.answers_with = None
        send(desk, "check", identity(), product())
        assert Account.objects.count() == 1

    def test_a_form_sent_twice_asks_once(self, system, desk):
        send(desk, "check", identity(), product())
        send(desk, "check", identity(), product())
        assert len(system.asked) == 1

    def test_the_steps_before_ask_about_nobody(self, system, desk):
        for step, parts in (("identity", [identity()]), ("product", [identity(), product()])):
            send(desk, step, *parts)
        assert system.asked == []

    def test_a_customer_on_record_is_asked_about(self, system, desk, zhang):
        send(desk, "check", identity(type="household_register"), product())
        assert Account.objects.get().customer_id == zhang.id
        assert {each["document_type"] for each in system.asked[0]["subjects"]} == {"household_register", "resident_id"}


class TestTransfer:
    @pytest.fixture
    def fields(self, payer, payee):
        return {
            "payer": payer.account_number,
            "payee_number": payee.account_number,
            "payee_name": "李四",
            "amount": "100.00",
            "arrival": "ordinary",
        }

    def test_one_question_and_the_slip(self, system, desk, fields):
        assert post(desk, "/desk/transfers/new", **fields).status_code == 302
        assert system.names == [["张三", "李四"]]
        assert Transfer.objects.count() == 1

    def test_a_person_found(self, system, desk, fields):
        system.listed.add("李四")
        page = post(desk, "/desk/transfers/new", **fields)
        assert (page.status_code, page.context["problem"].code, page.context["record"]) == (422, "NOT_PROVIDED", None)
        assert not Transfer.objects.exists()
        assert page.context["form"]["amount"].value() == "100.00"

    def test_no_answer(self, down, desk, fields):
        page = post(desk, "/desk/transfers/new", **fields)
        assert (page.status_code, page.context["problem"].code) == (503, "CHECK_UNAVAILABLE")
        assert not Transfer.objects.exists()
        assert page.context["form"]["amount"].value() == "100.00"


def new_card(desk: Client, account: Account) -> HttpResponse:
    return post(desk, f"/desk/accounts/{account.id}/cards/new", **{"card-product": "debit"})


def replaced(desk: Client, account: Account) -> HttpResponse:
    return post(desk, f"/desk/cards/{factories.card(account).id}/replace")


def renamed(desk: Client, account: Account) -> HttpResponse:
    document = {"type": "resident_id", "number": ZHANG.number, "country": "", "valid_until": "20460104"}
    address = f"/desk/customers/{account.customer_id}/names/new"
    return post(desk, address, name="张珊", evidence="户口簿变更记载", **document)


def own_elsewhere(desk: Client, account: Account) -> HttpResponse:
    address = f"/desk/customers/{account.customer_id}/external-accounts/new"
    return post(desk, address, account_number="621700001111", bank_code="CCB", name="张三", evidence="银行卡原件")


def counted() -> list[int]:
    return [each.objects.count() for each in (Card, NameChange, ExternalAccount, CustomerParticulars, Account)]


ACTS: list[tuple[Callable[[Client, Account], HttpResponse], list[str]]] = [
    (new_card, ["张三"]),
    (replaced, ["张三"]),
    (renamed, ["张珊", "张三"]),
    (own_elsewhere, ["张三"]),
]
each_act = pytest.mark.parametrize(("act", "names"), ACTS, ids=[each[0].__name__ for each in ACTS])


@each_act
def test_other_acts_ask_once_before(system, desk, payer, act, names):
    before = counted()
    assert act(desk, payer).status_code in {200, 302}
    assert system.names == [names]
    assert counted() != before


@each_act
def test_other_acts_are_not_carried_out_for_a_person_found_or_without_an_answer(system, desk, payer, act, names):
    card = Card.objects.count() + (act is replaced)
    system.listed.add(names[0])
    page = act(desk, payer)
    assert (page.status_code, page.context["problem"].code) == (422, "NOT_PROVIDED")
    system.answers_with = lambda handler, _: handler.send_error(500)
    before = [card + (act is replaced), *counted()[1:]]
    page = act(desk, payer)
    assert (page.status_code, page.context["problem"].code) == (503, "CHECK_UNAVAILABLE")
    assert counted() == before


def test_beneficial_owners_are_asked_about(system, desk, organization):
    address = f"/desk/customers/{organization.id}/particulars"
    system.listed.add("李四")
    page = post(desk, address, **factories.organization_particulars())
    assert (page.status_code, page.context["problem"].code) == (422, "NOT_PROVIDED")
    assert not CustomerParticulars.objects.exists()
    system.listed.clear()
    assert post(desk, address, **factories.organization_particulars()).status_code == 302
    assert system.names == [[ORGANIZATION.name, "李四"]] * 2
