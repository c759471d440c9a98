"""An impostor's account at the desk: declared, decided, and its money paid to whom an authority names."""

import pytest

from accounts.models import ImpostorDeclaration
from config.kernel.models import Approval
from tests import factories
from tests.desk.pages import english, text_of
from tests.factories import ZHANG

pytestmark = pytest.mark.django_db
STATEMENT = "他人冒用我的身份开户，同意销户"


@pytest.fixture
def account(zhang):
    return factories.account(zhang, "I", balance_fen=12_000)


def declared(client, account, once="0"):
    fields = {"type": "resident_id", "number": ZHANG.number, "no_end": "on", "statement": STATEMENT}
    return client.post(f"/desk/accounts/{account.id}/impostor", fields | {"once": once * 32})


def decide(checker, kind):
    approval = Approval.objects.get(kind=kind)
    page = text_of(checker.get(f"/desk/inbox/{approval.id}"))
    answer = checker.post(f"/desk/inbox/{approval.id}", {"decision": "approve", "remark": "已核对"})
    assert answer.status_code == 302
    return page


def test_declaration_and_payment_at_the_desk(signed_in, account, li):
    teller, supervisor = signed_in("teller"), signed_in("supervisor", with_codes=True)
    assert f"/desk/accounts/{account.id}/impostor" in text_of(teller.get(f"/desk/accounts/{account.id}"))
    page = text_of(teller.get(f"/desk/accounts/{account.id}/impostor"))
    assert "余额 120.00 元转入待处理款项" in page
    assert account.account_number not in page
    assert "set aside" in text_of(english(teller).get(f"/desk/accounts/{account.id}/impostor"))
    teller = signed_in("teller", "second")
    assert declared(teller, account).status_code == 302
    shown = decide(supervisor, "impostor_declaration")
    for words in ("被冒用身份开户销户", "120.00", STATEMENT):
        assert words in shown
    account.refresh_from_db()
    assert (account.status, account.balance_fen) == ("closed", 0)
    page = text_of(teller.get(f"/desk/accounts/{account.id}"))
    assert "被冒用身份开户，待处理款项余额（元）：120.00" in page
    assert f"/desk/accounts/{account.id}/aside-payment" in page
    victim = factories.account(li, "I")
    fields = {"to_account_number": victim.account_number, "amount": "120.00", "authority": "某法院", "order_no": "执1"}
    answer = teller.post(f"/desk/accounts/{account.id}/aside-payment", fields | {"once": "2" * 32})
    assert answer.status_code == 302, text_of(answer)
    shown = decide(supervisor, "set_aside_payment")
    assert "某法院" in shown
    assert victim.account_number not in shown
    victim.refresh_from_db()
    assert victim.balance_fen == 12_000
    assert f"/desk/accounts/{account.id}/aside-payment" not in text_of(teller.get(f"/desk/accounts/{account.id}"))


def test_another_persons_document_is_refused_on_the_page(signed_in, account):
    fields = {"type": "resident_id", "number": factories.LI.number, "no_end": "on", "statement": STATEMENT}
    answer = signed_in("teller").post(f"/desk/accounts/{account.id}/impostor", fields | {"once": "0" * 32})
    assert answer.context["problem"].code == "NOT_THE_HOLDER"
    assert not ImpostorDeclaration.objects.exists()


def test_money_is_paid_only_of_an_account_with_money_set_aside(signed_in, account):
    assert signed_in("teller").get(f"/desk/accounts/{account.id}/aside-payment").status_code == 404
