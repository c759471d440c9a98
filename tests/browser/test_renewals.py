"""An expired document renewed at the counter with keys alone, starting and ending at the customer's page."""

from datetime import date

import pytest
from playwright.sync_api import expect

from accounts.models import Document, DocumentRenewal
from tests import factories

HOLDER = factories.ZHANG


@pytest.fixture(autouse=True)
def canaries(watch):
    """Document numbers must not occur in any address."""
    watch.secrets |= {HOLDER.number, HOLDER.name}


def test_an_expired_document_is_renewed_and_says_so_afterwards(screen_of, noon):
    customer = factories.customer(HOLDER)
    factories.valid_until(customer, date(2026, 1, 4))
    teller = screen_of("teller")
    page = teller.page
    teller.open(f"/desk/customers/{customer.id}")
    documents = page.locator("section", has=page.locator("#h-documents"))
    expect(documents).to_contain_text("已过期")
    expect(page.locator("section", has=page.locator("#h-eligibility"))).to_contain_text("DOCUMENT_EXPIRED")
    documents.get_by_role("link", name="换证登记").click()
    teller.settle()
    expect(page.locator("#id_type")).to_be_focused()
    expect(page.locator("#id_type")).to_have_value("")
    page.keyboard.press("1")
    expect(page.locator("#id_type")).to_have_value("resident_id")
    expect(page.locator("#id_no_end")).not_to_be_checked()
    page.locator("#id_number").fill(HOLDER.number)
    page.locator("#id_method").select_option("联网核查")
    page.locator("#id_result").select_option("match")
    page.keyboard.press("Control+Enter")
    # Neither a day nor a tick: nothing is assumed, and what was typed is there still.
    expect(page.locator("#id_no_end")).to_have_attribute("aria-invalid", "true")
    expect(page.locator("#id_number")).to_have_value(HOLDER.number)
    assert not DocumentRenewal.objects.exists()
    page.locator("#id_no_end").check()
    page.keyboard.press("Control+Enter")
    teller.reads("证件有效期已更新。")
    expect(documents).not_to_contain_text("已过期")
    expect(documents).to_contain_text("长期")
    expect(page.locator(".acc-timeline")).to_contain_text("居民身份证: 2026年1月4日 → 长期")
    assert Document.objects.get().valid_until is None
    assert DocumentRenewal.objects.get().old_valid_until == date(2026, 1, 4)
