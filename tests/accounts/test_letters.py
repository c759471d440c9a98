"""Letters to customers: when they are due, their text, their immutability, and their delivery."""

import json
from hashlib import sha256
from uuid import uuid4

import pytest

from accounts.letters.models import Letter, LetterDelivery, LetterPrint
from accounts.letters.operations.letters import deliver_letter, issue_letter, print_letter
from accounts.letters.operations.paper import letter_paper
from accounts.letters.queries.composition import content_read
from accounts.letters.queries.issued_letters import check_paper, paper_of
from accounts.letters.queries.owed_letters import due_of_certificate, due_page, letters_of_customer
from accounts.letters.queries.words import LetterContent
from accounts.letters.refusals import LetterAlreadyIssued, LetterNotDue, LetterNotInPdf, LetterNotPrinted
from accounts.letters.vocabulary import DeliveryWay, LetterForm, LetterKind
from blacklist.models import Revocation
from config.kernel.database.clock import bank_now
from config.kernel.law.refusals import BadRequest, NotFound
from config.kernel.models import Decision
from tests import factories
from tests.factories import ZHANG
from tests.http import ApiClient
from tests.listings import certify, certify_account

pytestmark = pytest.mark.django_db


def owed(customer) -> list[str]:
    return [kind.value for (kind, _), _ in letters_of_customer(customer.id, bank_now()).owed()]


def issued(customer, kind, about_id) -> Letter:
    return issue_letter(
        principal=factories.caller("teller"), customer_id=customer.id, kind=LetterKind(kind), about_id=about_id
    )


def said(letter: Letter, language: str = "zh") -> str:
    content = content_read(Letter.objects.get(pk=letter.pk))
    return "\n".join(line.in_language(language) for part in content.sections for line in part.lines)


def test_letter_about_a_penalty_is_complete_in_both_languages(zhang, noon):
    paper = certify(ZHANG)
    assert owed(zhang) == ["penalty"]
    letter = issued(zhang, "penalty", paper.id)
    assert (letter.number, letter.certificate_id, letter.last_day.isoformat()) == (
        "惩告〔2026〕1号",
        paper.id,
        "2031-01-02",
    )
    zh, en = said(letter), said(letter, "en")
    for words in (
        "经广州市公安局认定，认定文书号：公(反诈)认字〔2026〕001号，认定日期：2026年1月2日，认定类别：出售账户",
        "停止非柜面业务，自2026年1月2日起，至2031年1月2日（含）止。依据：《关于防范和打击电信网络诈骗犯罪的通告》(2016) 第五条",
        "不得新开立账户，自2026年1月2日起，至2029年1月2日（含）止",
        "期间不新发借记卡（本行规则），个人的社会保障卡等民生卡种不受此限",
        "银行账户：柜面存现、柜面取现、柜面转出、收款、销户、查询、挂失。",
        "支付账户：查询、挂失。",
        "向认定机关广州市公安局提出申诉",
        "向本行任一网点提出",
    ):
        assert words in zh
    for words in (
        "Certified by 广州市公安局, document number 公(反诈)认字〔2026〕001号, on 2 January 2026, category: selling an account",
        "social security, medical insurance and military security cards are still issued to individuals",
        "through 2 January 2031 (inclusive)",
        "may appeal to 广州市公安局",
    ):
        assert words in en
    content = content_read(Letter.objects.get(pk=letter.pk))
    assert (content.name, content.document.zh) == ("张三", "居民身份证 110105********002X")
    assert owed(zhang) == []
    kept = Decision.objects.get(kind="issue_letter")
    assert (kept.customer_id, kept.object_id, kept.facts["number"]) == (zhang.id, letter.id, letter.number)


def test_first_letter_names_facts_that_do_not_fit_the_legal_basis(zhang, noon):
    replaced = certify(ZHANG)
    letter = issued(zhang, "penalty", replaced.id)
    assert "文书提示：认定日期当日，所依据的文件已被“银发〔2019〕85号”替代。" in said(letter)
    assert "有异议的，可向认定机关申请更正。" in said(letter)
    assert "Remark on the certificate: The legal basis had been replaced by “" in said(letter, "en")
    today = {"legal_basis": "JDM_2024", "extent": {"accounts": 3}}
    fits = certify(ZHANG, **today)
    assert "文书提示" not in said(issued(zhang, "penalty", fits.id))
    long = certify(ZHANG, term={"from": "2026-01-02", "to": "2036-01-02"}, **today)
    text = said(issued(zhang, "penalty", long.id))
    assert "文书提示：文书所载期限超过五年，连续执行期限不得超过五年。" in text
    assert ("至2031年1月2日（含）止" in text, "2036" in text) == (True, False)
    noon.advance(days=365 * 6)
    assert "文书提示" not in said(issued(zhang, "end", replaced.id))


def test_first_letter_names_other_restrictions(zhang, noon):
    """Another certificate may stop what this one permits: the letter promises nothing that the bank refuses."""
    letter = issued(zhang, "penalty", certify(ZHANG, legal_basis="JDM_2024", extent={"accounts": 3}).id)
    assert "可申请开立功能受限的银行账户，新开账户同样限制非柜面出金；本行依法审核。" in said(letter)
    assert "其他限制" not in str(content_read(Letter.objects.get(pk=letter.pk)).sections)
    barred = issued(zhang, "penalty", certify(ZHANG).id)
    anew = issued(zhang, "penalty", letter.certificate_id)
    content = content_read(Letter.objects.get(pk=anew.pk))
    assert [part.name for part in content.sections] == ["ground", "measures", "end", "open", "still", "appeal"]
    assert [line.zh for line in content.lines("still")] == [
        "上列仍可办理的业务，受下列其他限制的，不能办理：",
        "停止非柜面业务（惩戒），至2031年1月2日（含）止。",
        "停止支付账户所有业务（惩戒），至2031年1月2日（含）止。",
        "不得新开立账户（惩戒），至2029年1月2日（含）止。",
    ]
    assert "限制非柜面出金（惩戒），至2028年1月2日（含）止。" in said(barred)
    assert "No new account (Penalty) through 2 January 2029 (inclusive)." in said(anew, "en")


def test_letter_is_due_again_only_after_a_change(zhang, noon, settings):
    paper = certify(ZHANG)
    first = issued(zhang, "penalty", paper.id)
    with pytest.raises(LetterAlreadyIssued) as same:
        issued(zhang, "penalty", paper.id)
    assert same.value.fields == {"letter_id": str(first.id)}
    settings.APPEAL_OFFICE, settings.APPEAL_PHONE = "总行合规部", "95500"
    anew = issued(zhang, "penalty", paper.id)
    assert (anew.number, anew.replaces_id) == ("惩告〔2026〕2号", first.id)
    assert "请向总行合规部提出，电话：95500" in said(anew)
    with pytest.raises(LetterNotDue):
        issued(zhang, "end", paper.id)


def test_letter_distinguishes_case_account_and_suspended_accounts(zhang, noon):
    account = factories.account(zhang, "I")
    factories.account(zhang, "II")
    paper = certify_account(account.account_number)
    assert owed(zhang) == ["case_account", "suspension"]
    stop = said(issued(zhang, "case_account", paper.id))
    assert "涉案账户中止所有业务" in stop
    assert "直至涉案认定撤销" in stop
    assert account.account_number not in stop
    assert account.account_number[-4:] in stop
    assert "上述账户：查询、挂失。" in stop
    suspension = said(issued(zhang, "suspension", paper.id))
    assert "直至认定撤销或身份重新核实" in suspension
    assert "您到柜面重新核实身份并经复核后，对其他账户的暂停即予解除" in suspension


def test_letter_about_a_penalty_states_how_it_ends_and_whether_terms_add_up(zhang, noon):
    adds_up = issued(zhang, "penalty", certify(ZHANG, legal_basis="JDM_2024", extent={"accounts": 3}).id)
    assert "惩戒期限届满自动解除，无需申请。\n期间再次被认定的，期限累计，连续执行不超过5年。" in said(adds_up)
    assert "the terms add up, to 5 years without a break at most." in said(adds_up, "en")
    alone = said(issued(zhang, "penalty", certify(ZHANG).id))
    assert ("惩戒期限届满自动解除，无需申请。" in alone, "期限累计" in alone) == (True, False)


def test_letter_is_signed_by_the_bank_with_seal_and_telephone(zhang, noon, settings):
    settings.BANK_NAME, settings.SERVICE_PHONE = "示范银行", "95599"
    content = content_read(Letter.objects.get(pk=issued(zhang, "penalty", certify(ZHANG).id).pk))
    zh, en = paper_of(content, code="1", nth=1).parts
    assert zh.signature == ("示范银行（盖章）", "电话：95599", "2026年1月5日")
    assert en.signature == ("示范银行 (seal)", "Telephone: 95599", "5 January 2026")
    before = json.loads(content.written())
    del before["phone"]
    assert LetterContent.read(json.dumps(before)).phone == ""


def test_letter_states_the_last_day_of_grace(zhang, noon, settings):
    settings.CASE_HOLDER_GRACE_DAYS = 3
    case = factories.account(zhang, "II")
    factories.account(zhang, "I")
    suspension = issued(zhang, "suspension", certify_account(case.account_number).id)
    assert "您在2026年1月8日（含）前到柜面重新核实身份并经复核的，其他账户不予暂停。" in said(suspension)
    assert "by 8 January 2026 (inclusive), the other accounts are not suspended." in said(suspension, "en")


def test_customer_informed_of_the_beginning_gets_a_letter_about_the_end(zhang, noon):
    paper = certify(ZHANG)
    issued(zhang, "penalty", paper.id)
    noon.advance(days=365 * 5 + 10)
    assert owed(zhang) == ["end"]
    text = said(issued(zhang, "end", paper.id))
    assert "上述措施的期限至2031年1月2日（含）止，现已期满，自次日起解除。" in text
    assert "目前本行对您没有其他限制。" in text


def test_letter_about_a_revocation_goes_to_the_penalized_customer(zhang, noon):
    first, second = certify(ZHANG), certify(ZHANG)
    issued(zhang, "penalty", first.id)
    revoked = revoke(first)
    revoke(second)
    assert owed(zhang) == ["lift"]
    text = said(issued(zhang, "lift", revoked))
    assert "撤销文书号：撤字1号" in text
    assert "（见惩告〔2026〕1号）" in text


def revoke(paper):
    path = f"/blacklist/certificates/{paper.id}/revocations"
    asked = ApiClient("compliance").post(path, {"doc_no": "撤字1号", "revoked_on": "2026-01-05", "reason": "认定有误"})
    assert asked.status_code == 201, asked.json()
    assert ApiClient("compliance", "second").approve(asked.json()["approval_id"]).status_code == 200
    return Revocation.objects.get(certificate=paper).id


def test_letter_about_a_refusal_names_the_certificate(zhang, teller, noon):
    certify(ZHANG)
    assert (
        teller.post("/accounts", {"customer_id": str(zhang.id), "kind": "bank", "account_class": "I"}).status_code
        == 422
    )
    refused = Decision.objects.get(kind="open_account")
    text = said(issued(zhang, "refusal", refused.id))
    for words in (
        "申请办理“开户”，本行未予办理",
        "公(反诈)认字〔2026〕001号",
        "至2029年1月2日（含）止",
        "依据：《关于防范",
    ):
        assert words in text
    with pytest.raises(LetterNotDue):
        issued(factories.customer(), "refusal", refused.id)


def test_a_paper_is_the_same_bytes_and_each_reprint_says_so(zhang, noon):
    letter = issued(zhang, "penalty", certify(ZHANG).id)
    caller = factories.caller("teller")
    first = print_letter(principal=caller, letter_id=letter.id, form=LetterForm.PDF)
    again = print_letter(principal=caller, letter_id=letter.id, form=LetterForm.PDF)
    page = print_letter(principal=caller, letter_id=letter.id, form=LetterForm.HTML)
    assert [first.nth, again.nth, page.nth] == [1, 2, 3]
    assert first.file == letter_paper(first.content, code=letter.code, nth=1)
    assert first.file != again.file
    assert LetterPrint.objects.get(nth=1).digest == sha256(first.file).hexdigest()


def test_a_name_that_the_font_lacks_is_printed_as_a_page(noon):
    rare = factories.new_person("\U00020bb7田")
    customer = factories.customer(rare)
    letter = issued(customer, "penalty", certify(rare).id)
    with pytest.raises(LetterNotInPdf):
        print_letter(principal=factories.caller("teller"), letter_id=letter.id, form=LetterForm.PDF)
    assert print_letter(principal=factories.caller("teller"), letter_id=letter.id, form=LetterForm.HTML).nth == 1


def test_a_paper_is_checked_by_number_and_code(zhang, noon):
    letter = issued(zhang, "penalty", certify(ZHANG).id)
    assert check_paper("惩告(2026)1", letter.code.lower()).letter == letter
    assert check_paper(letter.number, letter.code).unchanged
    assert check_paper(letter.number, "0000-0000-0000-0000").letter is None
    assert check_paper("惩告〔2026〕2号", letter.code).letter is None
    assert check_paper("告〔2026〕1号", letter.code).letter is None


def test_delivery_is_of_a_printed_letter_and_the_last_one_counts(zhang, noon):
    letter = issued(zhang, "penalty", certify(ZHANG).id)
    caller = factories.caller("teller")

    def deliver(way, **more):
        return deliver_letter(principal=caller, letter_id=letter.id, way=DeliveryWay(way), **more)

    with pytest.raises(LetterNotPrinted):
        deliver("counter")
    print_letter(principal=caller, letter_id=letter.id, form=LetterForm.HTML)
    for wrong in (
        {"way": "post"},
        {"way": "counter", "tracking_number": "EA123456789CN"},
        {"way": "post", "tracking_number": "号"},
    ):
        with pytest.raises(BadRequest):
            deliver(**wrong)
    assert deliver("post", tracking_number="ea 1234 56789 cn").tracking_number == "EA123456789CN"
    deliver("returned", tracking_number="EA123456789CN")
    deliver("refused")
    assert LetterDelivery.objects.filter(letter=letter).count() == 3


def test_list_of_due_letters_equals_those_due_to_each_customer(zhang, noon):
    other = factories.customer(factories.LI)
    account = factories.account(other, "I")
    first, second = certify(ZHANG), certify_account(account.account_number)
    at = bank_now()
    due = {each.customer.id: len(each.owed()) for each in due_page(at, after=None, limit=10).customers}
    assert due == {zhang.id: 1, other.id: 2}
    one = due_page(at, after=None, limit=1)
    assert len(one.customers) == 1
    assert len(due_page(at, after=one.after, limit=1).customers) == 1
    assert [each.customer.id for each in due_of_certificate(second.id, at)] == [other.id]
    issued(zhang, "penalty", first.id)
    issued(other, "suspension", second.id)
    assert [each.customer.id for each in due_page(at, after=None, limit=10).customers] == [other.id]
    issued(other, "case_account", second.id)
    assert due_page(at, after=None, limit=10).customers == ()
    noon.advance(days=365 * 5 + 10)
    assert [each.customer.id for each in due_page(bank_now(), after=None, limit=10).customers] == [zhang.id]


def test_an_unknown_letter_is_not_found(noon):
    with pytest.raises(NotFound):
        print_letter(principal=factories.caller("teller"), letter_id=uuid4(), form=LetterForm.PDF)
