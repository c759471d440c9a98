"""A draft is deleted when it is submitted, cleared or a day old; of many, only the newest are kept."""

import re
from datetime import timedelta

import pytest
from django.utils import timezone

from config.kernel.models import FormDraft
from config.kernel.requests import drafts
from config.kernel.requests.drafts import MOST
from config.kernel.tasks import forget_old_drafts
from tests.blacklist.cast import body
from tests.database_refusals import refused_by
from tests.desk.form_drafts import NEW, ORDER, account_with_cash, left_at, mark_on, types
from tests.desk.pages import text_of

pytestmark = pytest.mark.django_db


@pytest.fixture
def account(zhang):
    return account_with_cash(zhang)


def test_draft_of_a_submitted_form_is_deleted(teller, account):
    page = f"/desk/accounts/{account.id}/cash"
    types(teller, page, {"amount": "17.50"})
    sent = {"way": "deposit", "amount": "17.50", "once": "k" * 32, "drafted": mark_on(teller, page)}
    sent["checked"] = "yes"
    assert teller.post(page, sent).status_code == 302
    assert not FormDraft.objects.exists()
    # A page that keeps late what it had typed keeps nothing any more.
    assert teller.post("/desk/drafts", sent).status_code == 204
    assert not FormDraft.objects.exists()


def test_refused_form_is_saved_as_it_was_sent(teller, account):
    page = f"/desk/accounts/{account.id}/cash"
    sent = {"way": "withdrawal", "amount": "9,999.99", "once": "k" * 32, "drafted": mark_on(teller, page)}
    sent["checked"] = "yes"
    assert teller.post(page, sent).status_code == 422
    assert 'value="9,999.99"' in text_of(teller.get(page))
    assert teller.post(page, sent | {"amount": "1.00"}).status_code == 302
    assert not FormDraft.objects.exists()


def test_a_decision_takes_its_remark_along(signed_in, client_for, noon):
    asked = client_for("compliance", "2").post("/blacklist/certificates", body()).json()["approval_id"]
    page = f"/desk/inbox/{asked}"
    officer = signed_in("compliance", with_codes=True)
    types(officer, page, {"decision": "reject", "remark": "证据不足", "code": "123456"})
    shown = text_of(officer.get(page))
    assert "证据不足" in shown
    assert not re.search(r'name="decision"[^>]* checked', shown), "a decision is chosen anew"
    wrong = {"decision": "reject", "remark": "证据仍不足", "code": "000000", "drafted": mark_on(officer, page)}
    assert officer.post(page, wrong).status_code == 403
    assert "证据仍不足" in text_of(officer.get(page))
    del wrong["code"]
    assert officer.post(page, wrong).status_code == 302
    assert not FormDraft.objects.exists()


@pytest.mark.usefixtures("papers_lapse")
def test_draft_of_a_vanished_form_is_not_announced_for_submission(signed_in, client_for, noon):
    asked = client_for("compliance", "2").post("/blacklist/certificates", body()).json()["approval_id"]
    page = f"/desk/inbox/{asked}"
    officer = signed_in("compliance")
    types(officer, page, {"remark": "证据仍不足"})
    assert "填写的未提交内容" in text_of(officer.get(page))
    noon.advance(days=7)
    text = text_of(officer.get(page))
    assert ("填写的未提交内容" in text, "证据仍不足" in text) == (False, False)


def test_draft_can_be_cleared(teller):
    types(teller, NEW, ORDER)
    answer = teller.post("/desk/drafts/discard", {"drafted": mark_on(teller, left_at())}, follow=True)
    assert answer.redirect_chain == [(NEW, 302)]
    assert "12,800.50" not in text_of(answer)
    assert not FormDraft.objects.exists()


@pytest.mark.parametrize(("hours", "setting", "left"), [(23, 24, 1), (25, 24, 0), (25, 48, 0), (3, 2, 0)])
def test_draft_is_deleted_after_its_hours_and_at_most_a_day(teller, settings, hours, setting, left):
    settings.DRAFT_HOURS = setting
    types(teller, NEW, ORDER)
    FormDraft.objects.update(saved_at=timezone.now() - timedelta(hours=hours))
    assert ("12,800.50" in text_of(teller.get(left_at()))) is bool(left)
    assert ("未完成：" in text_of(teller.get(NEW))) is bool(left)
    assert forget_old_drafts() == 1 - left
    assert FormDraft.objects.count() == left


def test_newest_drafts_are_kept(teller):
    user = teller.session["_auth_user_id"]
    for number in range(MOST + 3):
        drafts.keep(user, f"/desk/{number}", "x")
    kept = set(FormDraft.objects.values_list("address", flat=True))
    assert kept == {f"/desk/{number}" for number in range(3, MOST + 3)}


def test_too_long_input_is_not_saved_and_causes_no_error(teller, account):
    page = f"/desk/accounts/{account.id}/card-exceptions/new"
    mark = mark_on(teller, page)
    assert teller.post("/desk/drafts", {"drafted": mark, "card-reason": "长" * 30_000}).status_code == 413
    assert not FormDraft.objects.exists()
    with refused_by("draft_is_small"):
        FormDraft.objects.create(user_id=teller.session["_auth_user_id"], address=page, content="x" * 66_000)


def test_one_form_has_one_draft(teller):
    types(teller, NEW, ORDER)
    with refused_by("draft_once_per_form"):
        FormDraft.objects.create(user_id=teller.session["_auth_user_id"], address=left_at(), content="x")
