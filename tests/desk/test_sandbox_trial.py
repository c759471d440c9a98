"""The sandbox's trial aids: roles that fill in their sign-in, 试试看 with working numbers; absent in production."""

from datetime import date, timedelta

import pytest
from django.core.management import call_command
from django.test import Client

from accounts.operations.card_exceptions import ask_card_exception
from accounts.vocabulary import CardProduct
from benchmarks.generators.numbers import citizen_number
from config.frames.desk import trial
from config.frames.desk.demo_users import ADMINISTRATORS, PASSWORD
from config.frames.desk.form_acts import new_form_key
from config.kernel.database.clock import bank_now, begin_earlier, runs_behind
from config.kernel.models import Decision, SecondFactor
from config.oversight.desk.trial import BARRED, CROWDED, PAYER
from config.people.demo_users import ensure_users
from tests import factories
from tests.clock import NOON
from tests.desk.pages import english, text_of
from tests.desk.papers import in_force
from tests.people import principal
from tests.transfers.factories import held
from transfers.management.commands.seed_bank import CERTIFICATES, customers

pytestmark = pytest.mark.django_db


@pytest.fixture
def people(noon):
    for name in trial.OFFERED:
        if name not in ADMINISTRATORS:
            principal(name, name.removesuffix("_2"))
    ensure_users()


@pytest.mark.parametrize("name", trial.OFFERED)
def test_click_fills_in_a_role_which_can_then_sign_in(people, name):
    client = Client()
    assert f"?try={name}" in text_of(client.get("/desk/sign-in"))
    page = client.get("/desk/sign-in", {"try": name, "next": "/desk/inbox"})
    shown = page.context["form"].initial
    assert PASSWORD in text_of(page)
    assert client.post("/desk/sign-in", shown).status_code == 302
    # The code is used up: the next click fills in the following one.
    assert trial.demo_sign_in_data(name)["code"] != shown["code"]


def test_no_role_is_offered_outside_a_sandbox(people, settings):
    settings.SANDBOX = False
    page = text_of(Client().get("/desk/sign-in", {"try": "teller"}))
    assert 'href="?try=' not in page
    assert PASSWORD not in page


def test_enrolled_person_is_not_offered_and_other_names_fill_in_nothing(people):
    SecondFactor.objects.filter(user__username="teller").delete()
    page = text_of(Client().get("/desk/sign-in", {"try": "teller"}))
    assert 'href="?try=teller' not in page
    assert PASSWORD not in page
    assert trial.demo_sign_in_data("nobody") == {}


def test_second_persons_and_administrators_are_offered_by_their_role_and_number(people):
    page = text_of(Client().get("/desk/sign-in"))
    for words in ("主管 2", "合规 2", "系统管理员", "系统管理员 2"):
        assert f">{words}</a>" in page
    assert ">Administrator 2</a>" in text_of(english(Client()).get("/desk/sign-in"))


def test_sign_in_page_names_the_bank_the_version_and_the_sandbox(people, settings):
    settings.BANK_NAME = "青岚银行"
    page = text_of(Client().get("/desk/sign-in"))
    assert f"青岚银行 · {settings.VERSION}" in page
    assert "测试环境" in page
    settings.SANDBOX = False
    page = text_of(Client().get("/desk/sign-in"))
    assert "生产环境" in page
    assert "测试环境" not in page


@pytest.mark.parametrize("name", ["teller", "supervisor_2", "compliance_2", "admin"])
def test_five_things_to_try_with_a_code_for_each_offered_user(people, settings, name):
    client = Client()
    client.post("/desk/sign-in", trial.demo_sign_in_data(name))
    page = text_of(client.get("/desk/try"))
    for title in (
        "查一个客户",
        "为受惩戒人开户",
        "撤销一笔延时到账的转账",
        "复核一个超限额发卡申请",
        "筛查一个名单上的人",
    ):
        assert title in page
    assert "您现在可用的动态口令" in page
    assert "Things to try" in text_of(english(client).get("/desk/try"))
    settings.SANDBOX = False
    assert client.get("/desk/try").status_code == 404


def tasks_of(client):
    """Return each task of the page by its number, and whether the reader's role may do it."""
    return dict(enumerate(client.get("/desk/try").context["tasks"], start=1))


def test_every_suggested_number_exists_in_the_small_bank_or_its_day():
    known = {number for _, number, _ in customers()}
    known |= {subject.document.number for paper in CERTIFICATES for subject in paper.subjects}
    assert {CROWDED, BARRED} <= known
    first = date(1962 + 300 % 40, 1 + 300 % 12, 1 + 300 % 28)
    assert citizen_number("110105", first, 300) == PAYER


class TestTicks:
    def test_nothing_is_done_at_first(self, teller):
        assert [task.done for task, _ in tasks_of(teller).values()] == [False] * 5

    def test_customer_looked_up_is_ticked_for_the_person_who_did_it(self, teller, signed_in):
        teller.post("/desk/customers", {"by": "resident_id", "key": CROWDED, "reason": "business"})
        assert [task.done for task, _ in tasks_of(teller).values()] == [True, False, False, False, False]
        assert not tasks_of(signed_in("teller", "another"))[1][0].done

    def test_certified_person_is_refused_with_the_clause_and_ticked(self, teller):
        in_force(CERTIFICATES[1])
        typed = {"identity-type": "resident_id", "identity-number": BARRED, "identity-name": "方海涛"}
        typed |= {"product-kind": "bank", "product-account_class": "I"}
        panel = teller.post("/desk/customers/open/rules", typed).context["panel"]
        (rule,) = [each for each in panel.rules if str(each.title) == "惩戒名单"]
        assert rule.state == "no"
        assert "银发〔2019〕85号" in str(rule.clause)
        assert tasks_of(teller)[2][0].done
        assert not tasks_of(teller)[1][0].done

    def test_suggested_transfer_can_be_cancelled_with_the_shown_document_and_is_ticked(self, teller, payee):
        born = factories.Person("苏文静", PAYER)
        payer = factories.account(factories.customer(born), "I")
        factories.pay_in(payer, 100_000)
        # Neither one that is due at once, nor one of the counter.
        held(payer, payee, due_at=NOON + timedelta(minutes=5))
        held(payer, payee, due_at=NOON + timedelta(hours=1), channel="counter")
        (wanted,) = held(payer, payee, amount_fen=20_000, due_at=NOON + timedelta(hours=24))
        task, own = tasks_of(teller)[3]
        assert own
        assert task.address == f"/desk/transfers/{wanted.id}/cancel"
        numbers = [number for _, number in task.numbers]
        assert numbers[0].replace("-", "") == wanted.id.hex[-12:].upper()
        shown = {"way": "in_person", "type": "resident_id", "number": numbers[1], "once": new_form_key()}
        assert teller.post(task.address, shown).status_code == 302
        task, _ = tasks_of(teller)[3]
        assert (task.done, task.address) == (True, "")
        assert "make demo-reset" in task.words

    def test_waiting_request_names_its_time_and_is_ticked_for_its_checker(self, signed_in, account, noon):
        factories.four_cards(account)
        ask_card_exception(
            principal=factories.caller("teller"),
            account_id=account.id,
            product=CardProduct.DEBIT,
            reason="代发工资",
            proof="",
        )
        supervisor = signed_in("supervisor", with_codes=True)
        task, own = tasks_of(supervisor)[4]
        assert own
        assert "今日12:00提交" in task.words
        noon.advance(hours=24)
        task, _ = tasks_of(supervisor)[4]
        assert "2026年1月5日12:00提交" in task.words
        supervisor.post(task.address, {"decision": "approve", "remark": "已核对。", "once": new_form_key()})
        task, _ = tasks_of(supervisor)[4]
        assert (task.done, task.address) == (True, "")
        assert not tasks_of(signed_in("supervisor", "another"))[4][0].done

    def test_screening_of_the_listed_person_is_ticked(self, officer):
        officer.post("/desk/screening", {"type": "resident_id", "number": BARRED, "reason": "verification"})
        assert tasks_of(officer)[5][0].done


def test_the_clock_of_a_bank_in_which_something_was_decided_never_goes_back(noon):
    noon.run()
    assert begin_earlier(timedelta(hours=1))
    assert runs_behind()
    call_command("seed_day", "live")
    assert not runs_behind()
    Decision.objects.create(at=bank_now(), kind="k", outcome="allowed", policy_version="v")
    assert not begin_earlier(timedelta(hours=1))
    assert not runs_behind()
