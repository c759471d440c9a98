"""A returned proposal: the maker's form opens with its data, and both versions are compared."""

from urllib.parse import parse_qs, urlsplit

import pytest
from django.urls import reverse

from accounts.models import ExternalAccount
from blacklist.models import Certificate
from config.kernel import approvals
from config.kernel.models import Approval, Decision
from tests import factories
from tests.blacklist.cast import latest_approval
from tests.desk.pages import english, text_of
from tests.desk.papers import NEW, paper

pytestmark = pytest.mark.django_db

WRONG, RIGHT, REASON = "6217000000000006", "6217000000000014", "账号与凭证不符，请核对后重报"
FORM = {"account_number": WRONG, "bank_code": "OTHERBANK", "name": "张三", "evidence": "存折", "once": "k"}


@pytest.fixture
def maker(signed_in):
    return signed_in("teller", "maker")


def page_of(proposal: Approval, name: str = "approval") -> str:
    return reverse(f"desk:{name}", args=[proposal.pk])


def mark_of(page: str) -> str:
    return page.split('name="drafted" value="')[1].split('"')[0]


def submit(maker, where: str, **typed: str):
    return maker.post(where, FORM | {"drafted": mark_of(text_of(maker.get(where)))} | typed)


@pytest.fixture
def returned(account, maker, checker) -> Approval:
    where = reverse("desk:external-account-new", args=[account.customer_id])
    assert submit(maker, where).status_code == 302
    proposal = latest_approval()
    answer = checker.post(page_of(proposal), {"decision": "return", "remark": REASON})
    assert answer.status_code == 302
    return latest_approval()


def test_maker_corrects_a_returned_proposal_and_checker_sees_the_changes(returned, account, maker, checker, noon):
    assert (returned.status, ExternalAccount.objects.get().status) == ("returned", "rejected")
    home = text_of(maker.get("/desk/"))
    (line,) = [each.split("</div>")[0] for each in home.split("您提交的事项")[1:]]
    assert ("退回补正" in line, REASON in line, page_of(returned) in line) == (True, True, True)
    # The proposal to correct is counted in the inbox on every page.
    assert '<span class="visually-hidden">待办 </span>1</span>' in home
    assert "补正后重新提交" in text_of(maker.get(page_of(returned)))
    noon.advance(hours=1)
    answer = maker.post(page_of(returned, "approval-correct"))
    where = answer.headers["Location"]
    assert where == reverse("desk:external-account-new", args=[account.customer_id]) + f"?follows={returned.pk}"
    page = text_of(maker.get(where))
    assert (WRONG in page, REASON in page, "正在补正的申请" in page) == (True, True, True)
    assert (
        maker.post(where, FORM | {"account_number": RIGHT, "once": "k2", "drafted": mark_of(page)}).status_code == 302
    )
    corrected = latest_approval()
    assert (corrected.follows_id, corrected.status) == (returned.pk, "pending")
    assert Approval.objects.get(pk=returned.pk).form is not None
    seen = text_of(checker.get(page_of(corrected)))
    compared = seen.split('id="versions"')[1].split("</section>")[0]
    assert (REASON in compared, WRONG in compared, RIGHT in compared) == (True, True, True)
    assert page_of(corrected) in text_of(maker.get(page_of(returned)))
    assert "What was corrected" in text_of(english(checker).get(page_of(corrected)))
    # No longer shown, and corrected only once.
    assert "您提交的事项" not in text_of(maker.get("/desk/"))
    again = maker.post(where, FORM | {"account_number": "6217000000000022", "once": "k3"})
    assert (again.status_code, "NOT_TO_BE_CORRECTED" in text_of(again)) == (409, True)
    assert checker.post(page_of(corrected), {"decision": "approve"}).status_code == 302
    assert Approval.objects.get(pk=corrected.pk).form is None


def test_return_needs_a_reason(account, maker, checker):
    submit(maker, reverse("desk:external-account-new", args=[account.customer_id]))
    answer = checker.post(page_of(latest_approval()), {"decision": "return", "remark": " "})
    assert (answer.status_code, "退回补正须写明补正事项" in text_of(answer)) == (400, True)
    assert latest_approval().status == "pending"


def test_return_is_recorded_and_shown_with_decisions(returned, account, maker, signed_in):
    decision = Decision.objects.get(rule="return")
    assert (decision.outcome, decision.customer_id) == ("returned", account.customer_id)
    timeline = text_of(maker.get(reverse("desk:customer", args=[account.customer_id])))
    assert ("退回补正" in timeline, REASON in timeline) == (True, True)
    audit = text_of(signed_in("auditor").get("/desk/decisions?outcome=returned"))
    assert str(decision.id) in audit


def test_only_the_maker_corrects_a_returned_proposal(returned, signed_in):
    other = signed_in("teller", "other")
    answer = other.post(page_of(returned, "approval-correct"))
    assert answer.headers["Location"] == page_of(returned)
    assert other.get(page_of(returned)).status_code == 404


def test_returned_proposal_can_be_corrected_until_its_former_expiry(returned, maker, noon):
    noon.advance(days=7, microseconds=-1)
    caller = factories.caller("teller", "maker")
    assert approvals.to_correct(caller, noon.at).exists()
    noon.advance(microseconds=1)
    assert not approvals.to_correct(caller, noon.at).exists()
    assert "补正后重新提交" not in text_of(maker.get(page_of(returned)))


def test_proposal_without_a_form_is_entered_anew(account, client_for, maker):
    client_for("teller", "maker").post(
        f"/customers/{account.customer_id}/external-accounts",
        {"account_number": WRONG, "bank_code": "OTHERBANK", "name": "张三", "evidence": "存折"},
    )
    proposal = latest_approval()
    client_for("supervisor", "checker").send_back(str(proposal.pk))
    answer = maker.post(page_of(proposal, "approval-correct"), follow=True)
    assert "未保存该申请的表单内容" in text_of(answer)


def test_a_certificate_is_corrected_on_its_own_form_with_all_its_rows(noon, signed_in):
    officer, checker = signed_in("compliance", "maker"), signed_in("compliance", "checker", with_codes=True)
    assert officer.post(NEW, paper(drafted=mark_of(text_of(officer.get(NEW))))).status_code == 302
    returned = latest_approval()
    checker.post(page_of(returned), {"decision": "return", "remark": "文号有误"})
    assert Certificate.objects.get().status == "rejected"
    where = officer.post(page_of(returned, "approval-correct")).headers["Location"]
    page = text_of(officer.get(where))
    assert where.startswith(f"{NEW}?")
    assert parse_qs(urlsplit(where).query)["follows"] == [str(returned.pk)]
    assert factories.ZHANG.number in page
    assert "文号有误" in page
    cleared = officer.post("/desk/drafts/discard", {"drafted": mark_of(page)})
    assert cleared.headers["Location"] == f"{NEW}?follows={returned.pk}", "cleared, it still corrects that proposal"
    where = officer.post(page_of(returned, "approval-correct")).headers["Location"]
    page = text_of(officer.get(where))
    number = "公(反诈)认字〔2026〕002号"
    assert officer.post(where, paper(once="once-2", doc_no=number, drafted=mark_of(page))).status_code == 302
    corrected = latest_approval()
    assert corrected.follows_id == returned.pk
    compared = text_of(checker.get(page_of(corrected))).split('id="versions"')[1].split("</section>")[0]
    assert (number in compared, "张*" in compared) == (True, False)
