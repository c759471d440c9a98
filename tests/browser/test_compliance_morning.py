"""A compliance officer's morning in both languages: own work, entry by keyboard, a decision, ends, screenings."""

from datetime import date

import pytest
from playwright.sync_api import expect

from blacklist.models import Certificate
from config.kernel.models import Approval, TrailRecord
from tests import factories, listings
from tests.browser.test_working_days import arrived, decides
from tests.browser.test_working_days import say as say
from tests.factories import LI, WANG, ZHANG

DOC_NO, OTHER_NO = "公(反诈)认字〔2026〕021号", "公(反诈)认字〔2026〕022号"
#: Values that are typed into the form of a certificate, in the order of its fields.
PAPER = {
    "doc_no": DOC_NO, "authority": "广州市公安局", "region_code": "440100", "level": "prefecture",
    "certified_on": "2026-01-01", "category": "SELL", "legal_basis": "NOTICE_2016",
}  # fmt: skip
CHOSEN = ("level", "category", "legal_basis")


@pytest.fixture(autouse=True)
def canaries(watch):
    """The document numbers on the certificates must not occur in any address."""
    watch.secrets |= {each for who in (ZHANG, LI, WANG) for each in (who.number, who.name)}


def enters(screen, hands, person, **changes) -> None:
    """Enter a certificate about one person and submit it by keyboard."""
    hands.goes_to("4101")
    for name, typed in (PAPER | changes).items():
        field = screen.page.locator(f"#id_{name}")
        field.select_option(typed) if name in CHOSEN else field.fill(typed)
    screen.page.locator("#id_subject-0-name").fill(person.name)
    screen.page.locator("#id_subject-0-type").select_option("resident_id")
    screen.page.locator("#id_subject-0-number").fill(person.number)
    hands.sends()


def test_a_compliance_officers_morning(screen_of, say, noon):
    zhang, li = factories.customer(ZHANG), factories.customer(LI)
    for each in (zhang, li):
        factories.account(each, "I")
    ending = listings.certify(WANG, certified_on=date(2021, 1, 7))
    factories.account(factories.customer(WANG), "I")
    noon.advance(minutes=1)
    officer, hands = arrived(screen_of, "compliance", say)
    checker, others = arrived(screen_of, "compliance_2", say)
    page = officer.page

    # Each officer enters a certificate, and cannot decide the one that they entered.
    enters(officer, hands, ZHANG)
    officer.reads(say("待另一名合规人员复核", "pending approval by another compliance officer"))
    noon.advance(minutes=1)
    enters(checker, others, LI, doc_no=OTHER_NO)
    checker.reads(say("待另一名合规人员复核", "pending approval by another compliance officer"))
    officer.open("/desk/")
    officer.settle()
    waiting = page.locator("main .card", has_text=say("待我复核", "Pending my approval")).first
    expect(waiting).to_contain_text("1")

    # The other's is decided from the list, by keys and a code; it takes effect at once.
    hands.goes_to("3001")
    expect(page.locator(".desk-rows tbody tr").first).to_contain_text("compliance_2")
    hands.press("j")
    hands.sends("Enter")
    officer.reads(OTHER_NO, "李*")
    decides(hands, "a")
    assert dict(Certificate.objects.exclude(id=ending.id).values_list("doc_no", "status")) == {
        OTHER_NO: "in_force",
        DOC_NO: "pending",
    }
    others.goes_to("3001")
    others.press("j")
    others.sends("Enter")
    decides(others, "a")
    assert set(Approval.objects.values_list("status", flat=True)) == {"approved"}

    # The certified customer is restricted and shown so; a look-up in between finds the customer and is recorded.
    officer.open(f"/desk/customers/{zhang.id}")
    officer.settle()
    officer.reads(say("停止非柜面业务", "Non-counter business stopped"), DOC_NO)
    hands.goes_to("4103")
    page.locator("#id_type").select_option("resident_id")
    page.locator("#id_number").fill(LI.number)
    page.locator("#id_reason").select_option("verification")
    hands.sends()
    officer.reads(say("停止非柜面业务", "Non-counter business stopped"), OTHER_NO)
    assert TrailRecord.objects.filter(principal__name="compliance", kind="screening").count() == 1

    # What ends this week, which letters are owed, which papers wait, who may be one person.
    for code, words in (
        ("4108", "王*"),
        ("4105", say("惩戒措施告知书", "Notice of")),
        ("4107", say("认定书待办", "Certificates to decide")),
        ("1030", say("身份冲突", "Identity conflicts")),
        ("4102", DOC_NO),
    ):
        hands.goes_to(code)
        officer.reads(words)
        expect(page.locator("body")).not_to_contain_text(ZHANG.number)
