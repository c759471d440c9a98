"""The opening form for the customer's signature: whole data on its one print, masked on every screen."""

import re

import pytest

from accounts.models import Account
from config.kernel.models import Decision
from tests import factories
from tests.desk.pages import text_of
from tests.desk.test_opening import NUMBER, agent, identity, product, send

pytestmark = pytest.mark.django_db


@pytest.fixture
def opened(teller) -> str:
    """An account just opened for 张三 with 李四 as the agent; return the address of its form."""
    send(teller, "check", identity(), product(card=""), agent())
    return f"/desk/accounts/{Account.objects.get().id}"


def on_screen(page: str) -> str:
    """Return a page without its print-only parts."""
    return re.sub(r'<span class="acc-paper">[^<]*</span>', "", page)


def test_the_result_is_masked_and_offers_the_print(teller, opened):
    page = text_of(teller.get(f"{opened}/opened"))
    assert f'action="{opened}/opening-form"' in page
    for whole in ("张三", NUMBER, "13800138000", "李四"):
        assert whole not in page


def test_paper_carries_the_whole_and_the_screen_stays_masked(teller, opened):
    answer = teller.post(f"{opened}/opening-form")
    page = text_of(answer)
    for whole in ("张三", NUMBER, "13800138000", "李四"):
        assert f'<span class="acc-paper">{whole}</span>' in page
        assert whole not in on_screen(page)
    assert "data-print-now" in page
    assert "no-store" in answer.headers["Cache-Control"]
    assert answer.headers["Refresh"] == f"180; url={opened}/opened"


#: The words that 银发〔2019〕85号 (八) prescribes.
COMMITMENT = "本人充分了解并清楚知晓出租、出借、出售、购买账户的相关法律责任和惩戒措施，承诺依法依规开立和使用本人账户"


def test_holder_and_agent_sign_the_words_that_document_85_prescribes(teller, opened):
    page = text_of(teller.get(f"{opened}/opened"))
    for words in (
        COMMITMENT,
        "代为办理人确认：账户由存款人本人使用",
        "存款人签名",
        "代理人签名",
        "虚构代理关系",
        "设区的市级及以上",
    ):
        assert words in page
    send(teller, "check", identity(number=factories.LI.number, name="李四"), product(card=""), key="k2")
    page = text_of(teller.get(f"/desk/accounts/{Account.objects.last().id}/opened"))
    assert COMMITMENT in page
    assert "代为办理人" not in page


def test_an_opening_without_a_card_is_said_once(teller, opened):
    page = text_of(send(teller, "check", identity(number=factories.LI.number, name="李四"), product(card=""), key="k2"))
    assert "开户完成，未配卡。" in page
    assert "开户完成" not in text_of(teller.get(f"{opened}/opened"))


def test_a_print_is_on_record(teller, opened):
    teller.post(f"{opened}/opening-form")
    account, kept = Account.objects.get(), Decision.objects.get(kind="unmask")
    assert (kept.customer_id, kept.object_id, kept.principal.name) == (account.customer_id, account.id, "teller")
    assert kept.facts == {"reason": "opening_form"}
    assert "打印开户申请书" in text_of(teller.get(f"/desk/customers/{account.customer_id}"))


def test_form_is_printed_once(teller, opened):
    teller.post(f"{opened}/opening-form")
    again = teller.post(f"{opened}/opening-form", follow=True)
    page = text_of(again)
    assert again.redirect_chain == [(f"{opened}/opened", 302)]
    assert "只能由开户柜员在开户当日打印一次" in page
    assert "张三" not in page
    assert "/opening-form" not in page
    assert Decision.objects.filter(kind="unmask").count() == 1


def test_result_page_is_found_again_on_the_day_of_the_opening(teller, opened, noon):
    """After the result page was left or reloaded, the form can still be printed."""
    result = text_of(send(teller, "check", identity(number=factories.LI.number, name="李四"), product(), key="k2"))
    address = f"/desk/accounts/{Account.objects.last().id}/opened"
    assert f'data-address="{address}"' in result
    assert address in text_of(teller.get(f"/desk/accounts/{Account.objects.last().id}"))
    assert f"{opened}/opened" in text_of(teller.get(opened))
    noon.advance(hours=12)
    assert f"{opened}/opened" not in text_of(teller.get(opened))


def test_form_names_the_person_who_opened_the_account(signed_in, teller, opened, wang):
    for looks in (teller, signed_in("teller", "other"), signed_in("auditor")):
        assert "经办柜员：teller<" in text_of(looks.get(f"{opened}/opened"))
    assert "经办柜员：-<" in text_of(teller.get(f"/desk/accounts/{factories.account(wang).id}/opened"))


def test_form_is_printed_by_its_opener_only(signed_in, opened):
    other = signed_in("teller", "other")
    assert "/opening-form" not in text_of(other.get(f"{opened}/opened"))
    assert "张三" not in text_of(other.post(f"{opened}/opening-form", follow=True))
    assert signed_in("supervisor").post(f"{opened}/opening-form").status_code == 403
    assert not Decision.objects.filter(kind="unmask").exists()


def test_form_is_printed_on_the_day_of_the_opening(teller, opened, noon):
    noon.advance(hours=12)
    assert "/opening-form" not in text_of(teller.get(f"{opened}/opened"))
    assert teller.post(f"{opened}/opening-form").status_code == 302
    assert not Decision.objects.filter(kind="unmask").exists()


def test_the_last_instant_of_the_day_is_in_time(teller, opened, noon):
    noon.advance(hours=12, microseconds=-1)
    assert teller.post(f"{opened}/opening-form").status_code == 200


def test_an_account_that_was_not_opened_here_has_no_print(teller, zhang):
    account = factories.account(zhang)
    assert teller.post(f"/desk/accounts/{account.id}/opening-form").status_code == 302
    assert teller.get(f"/desk/accounts/{account.id}/opening-form").status_code == 405
