"""A form sent again under its hidden key is carried out once; with other content it is an error."""

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile

from accounts.models import Account, ExternalAccount
from config.frames.desk.form_acts import run_once
from config.kernel.requests.idempotency import KeyReused
from tests import cash, factories
from tests.desk.pages import english, text_of
from tests.desk.test_opening import identity, product, send
from tests.transfers.conftest import pay_in
from transfers.models import Transfer

pytestmark = pytest.mark.django_db

NEW = "/desk/transfers/new"


@pytest.fixture
def order(zhang, li):
    payer = factories.account(zhang, "I", account_number="6000100000000001")
    pay_in(payer, 100_000)
    payee = factories.account(li, "I", account_number="6000200000000002")
    return {
        "payer": payer.account_number, "payee_number": payee.account_number, "payee_name": "李四", "amount": "100.00",
        "arrival": "ordinary", "once": "k" * 32,
    }  # fmt: skip


def test_a_transfer_with_another_amount_is_an_error_and_leads_to_the_first_slip(teller, order):
    slip = teller.post(NEW, order).url
    again = teller.post(NEW, order | {"amount": "250.00"})
    page = text_of(again)
    assert (again.status_code, "IDEMPOTENCY_KEY_REUSED" in page) == (422, True)
    assert "该表单已按其他内容办理过，本次未作任何处理" in page
    assert f'href="{slip}"' in page
    assert 'value="250.00"' in page, "the typed values are shown, to be submitted as another order"
    assert "already processed with different content" in text_of(
        english(teller).post(NEW, order | {"amount": "250.00"})
    )
    assert Transfer.objects.count() == 1
    # The form that is shown again has a key of its own.
    assert teller.post(NEW, order | {"amount": "250.00", "once": again.context["once"]}).status_code == 302
    assert Transfer.objects.count() == 2


def test_fields_that_are_no_content_may_differ(teller, order):
    first = teller.post(NEW, order | {"csrfmiddlewaretoken": "a", "drafted": "a"})
    again = teller.post(NEW, order | {"csrfmiddlewaretoken": "b", "drafted": "b"})
    assert (again.status_code, again.url) == (302, first.url)


def test_a_field_more_or_less_is_other_content(teller, order):
    teller.post(NEW, order)
    assert teller.post(NEW, order | {"memo": "租金"}).status_code == 422


def test_an_opening_leads_to_the_form_of_the_first(teller):
    send(teller, "check", identity(), product())
    account = Account.objects.get()
    page = send(teller, "check", identity(), product(account_class="II", card=""))
    assert (page.status_code, page.context["problem"].code) == (422, "IDEMPOTENCY_KEY_REUSED")
    assert f'href="/desk/accounts/{account.id}/opened"' in text_of(page)
    assert Account.objects.count() == 1


def test_cash_leads_to_the_first_record(teller, zhang):
    account = factories.account(zhang, "I")
    cash.box()
    page = f"/desk/accounts/{account.id}/cash"
    sent = {"way": "deposit", "amount": "17.50", "once": "k" * 32, "checked": "yes"}
    first = teller.post(page, sent)
    again = teller.post(page, sent | {"amount": "71.50"})
    assert (again.status_code, f'href="{first.url}"' in text_of(again)) == (422, True)
    account.refresh_from_db()
    assert account.balance_fen == 1_750


def test_proposal_form_sent_again_with_other_content_is_refused(teller, zhang):
    page = f"/desk/customers/{zhang.id}/external-accounts/new"
    sent = {
        "account_number": "6222000011112222", "bank_code": "CCB", "name": "张三", "evidence": "银行卡原件", "once": "k" * 32
    }  # fmt: skip
    first = teller.post(page, sent)
    again = teller.post(page, sent | {"bank_code": "ABC"})
    assert (first.status_code, again.status_code) == (302, 422)
    assert f'href="{first.url}"' in text_of(again)
    assert ExternalAccount.objects.count() == 1


def test_repeated_form_in_another_session_is_an_error_without_a_link(teller, order):
    teller.post(NEW, order)
    session = teller.session
    del session["desk_form_results"]
    session.save()
    again = teller.post(NEW, order | {"amount": "250.00"})
    assert (again.status_code, "查看已办理的结果" in text_of(again)) == (422, False)
    # And the same leads to the board, where the transfer is found.
    assert teller.post(NEW, order).url == "/desk/transfers/held"


def test_an_upload_is_compared_by_its_digest(rf, teller):
    """Two files of the same name and length have different content."""
    session, caller = teller.session, factories.caller("teller")

    def sent(content: bytes):
        request = rf.post("/desk/x", {"once": "u" * 32, "file": SimpleUploadedFile("a.pdf", content)})
        request.session, request.caller = session, caller
        return run_once(request, lambda: request.FILES["file"].read()), request

    assert sent(b"one")[0] == b"one", "what is carried out reads the file from its beginning"
    assert sent(b"one")[0] is None
    with pytest.raises(KeyReused):
        sent(b"two")
