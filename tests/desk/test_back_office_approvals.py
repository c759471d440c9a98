"""Deciding in the back office: as in the inbox, by another person of the role, with a fresh second factor."""

import pytest
from django_otp.oath import TOTP

from accounts.models import CardException
from blacklist.models import Certificate
from config.frames.desk.form_acts import new_once
from config.kernel.identity.masking import mask_card
from config.kernel.models import Approval, SecondFactor
from tests import factories
from tests.back_office import address
from tests.blacklist.cast import latest_approval
from tests.desk.pages import english, text_of
from tests.desk.proposed import card_exception, external_account
from tests.desk.test_back_office_acts import MATRIX
from tests.desk.test_matrix import PEOPLE

pytestmark = pytest.mark.django_db


def decision(remark: str = "", **more: str) -> dict[str, str]:
    return {"once": new_once(), "remark": remark} | more


@pytest.mark.parametrize("act", ["approve", "reject"])
@pytest.mark.parametrize("role", [*PEOPLE, "superuser"])
def test_only_the_role_that_decides_a_kind_has_its_buttons(staff, proposal, role, act):
    client = staff(role) if role == "superuser" else staff(role, with_codes=True)
    assert (address(proposal, act) in text_of(client.get(address(proposal)))) is (role == "compliance")
    answer = client.post(address(proposal, act), decision("因故"))
    assert answer.status_code == (302 if role == "compliance" else 403)
    if role != "compliance":
        assert "ROLE_NOT_ALLOWED" in text_of(answer)
        assert Certificate.objects.get().status == "pending"
    assert (role in MATRIX[act]) is (role in {"supervisor", "compliance"})


def test_an_approval_takes_effect_at_once(staff, proposal):
    answer = staff("compliance", with_codes=True).post(address(proposal, "approve"), decision(), follow=True)
    assert answer.redirect_chain == [(address(proposal), 302)]
    assert "已通过，即时生效。" in text_of(answer)
    assert Certificate.objects.get().status == "in_force"
    assert Approval.objects.get().decided_by.name == "compliance"


def test_the_checker_reads_what_changes_before_he_decides(staff, proposal):
    page = text_of(staff("compliance").get(address(proposal, "approve")))
    for words in ("出售账户", "设区的市级", "110105********002X", "变更前"):
        assert words in page
    assert "11010519491231002X" not in page
    assert "One-time code" not in page
    page = text_of(english(staff("compliance")).get(address(proposal, "reject")))
    for words in ("Sold an account", "Reason for the rejection", "One-time code"):
        assert words in page
    assert "出售" not in page


@pytest.mark.parametrize("act", ["approve", "reject"])
def test_a_decision_needs_a_fresh_second_factor(staff, proposal, act):
    client = staff("compliance")
    assert 'name="code"' in text_of(client.get(address(proposal, act)))
    assert client.post(address(proposal, act), decision("因故")).status_code == 400
    answer = client.post(address(proposal, act), decision("因故", code="000000"))
    assert answer.status_code == 403
    assert Certificate.objects.get().status == "pending"
    assert "因故" in text_of(answer)


def test_the_code_is_asked_again_and_counts(staff, proposal):
    client = staff("compliance")
    device = SecondFactor.objects.get(user__username="compliance")
    code = f"{TOTP(device.bin_key).token():06d}"
    answer = client.post(address(proposal, "approve"), decision(code=code))
    assert answer.status_code == 302
    assert Certificate.objects.get().status == "in_force"
    assert 'name="code"' not in text_of(client.get(address(proposal, "reject")))


@pytest.mark.parametrize("act", ["approve", "reject"])
def test_nobody_decides_his_own(staff, proposal, act):
    client = staff("compliance", "maker", with_codes=True)
    page = text_of(client.get(address(proposal)))
    assert address(proposal, act) not in page
    assert "本人提交，须由他人复核" in page
    assert "<textarea" not in text_of(client.get(address(proposal, act)))
    answer = client.post(address(proposal, act), decision("因故"))
    assert answer.status_code == 403
    assert "SAME_PERSON" in text_of(answer)
    assert Certificate.objects.get().status == "pending"


@pytest.mark.parametrize(("language", "words"), [("zh", "已经变更"), ("en", "has changed since")])
def test_what_changed_meanwhile_is_refused_with_the_reason(staff, proposal, language, words):
    Certificate.objects.update(status="rejected")
    client = staff("compliance", with_codes=True)
    if language == "en":
        english(client)
    page = text_of(client.get(address(proposal)))
    assert address(proposal, "approve") not in page
    assert address(proposal, "reject") in page
    assert words in page
    answer = client.post(address(proposal, "approve"), decision())
    assert answer.status_code == 409
    for each in ("APPROVAL_STALE", words, answer["X-Request-Id"]):
        assert each in text_of(answer)
    assert Approval.objects.get().status == "pending"


@pytest.mark.usefixtures("papers_lapse")
@pytest.mark.parametrize(("days", "lapsed"), [(6.99, False), (7, True)], ids=["just before", "at seven days"])
def test_what_lapsed_is_not_decided(staff, proposal, noon, days, lapsed):
    client = staff("compliance", with_codes=True)
    noon.advance(days=days)
    assert (address(proposal, "approve") in text_of(client.get(address(proposal)))) is not lapsed
    assert ("逾期失效" in text_of(client.get("/admin/kernel/approval/")).split("<tbody>")[1]) is lapsed
    answer = client.post(address(proposal, "approve"), decision())
    assert answer.status_code == (409 if lapsed else 302)
    assert not lapsed or "APPROVAL_DECIDED" in text_of(answer)


def test_what_never_lapses_has_no_end(staff, proposal):
    client = staff("compliance", with_codes=True)
    for page in ("/admin/kernel/approval/", address(proposal)):
        assert "2126" not in text_of(client.get(page))
        assert "到期时间" in text_of(client.get(page))


def test_a_rejection_needs_a_reason_and_stays_on_record(staff, proposal):
    client = staff("compliance", with_codes=True)
    for blank in ("", "   "):
        assert client.post(address(proposal, "reject"), decision(blank)).status_code == 400
    answer = client.post(address(proposal, "reject"), decision("文书号有误"), follow=True)
    page = text_of(answer)
    assert '<li class="warning">未通过，记录保留。' in page
    assert "不可办理 · 通过：已办结" in page
    proposal.refresh_from_db()
    assert (proposal.status, proposal.remark) == ("rejected", "文书号有误")
    assert client.post(address(proposal, "approve"), decision()).status_code == 409


def test_a_form_sent_twice_decides_once(staff, proposal):
    client, form = staff("compliance", with_codes=True), decision()
    for _ in range(2):
        assert client.post(address(proposal, "approve"), form).url == address(proposal)
    assert "未重复办理" in text_of(client.get(address(proposal)))


def test_a_card_beyond_four_is_masked_for_who_approves(staff, noon):
    card_exception(factories.caller("teller"))
    approval = latest_approval()
    client = staff("supervisor", with_codes=True)
    page = text_of(client.post(address(approval, "approve"), decision(), follow=True))
    exception = CardException.objects.get()
    number = exception.cards.get().number
    assert (exception.status, mask_card(number) in page, number in page) == ("active", True, False)


def test_what_the_maker_wrote_is_for_the_role_that_decides(staff, noon):
    external_account(factories.caller("teller"))
    approval = latest_approval()
    deciding = text_of(staff("supervisor").get(address(approval, "approve")))
    assert "出示他行存折原件" in deciding
    for role in ("compliance", "auditor", "superuser"):
        client = staff(role)
        for path in (address(approval), address(approval, "approve"), "/admin/kernel/approval/"):
            page = text_of(client.get(path))
            assert "出示他行存折原件" not in page
            assert "6217000000000006" not in page
