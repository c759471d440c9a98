"""Requests of an open page: when it is hidden, when nothing changed, and when the network is down."""

import pytest
from playwright.sync_api import expect

COLD_BYTES = 250_000
ROWS = "/desk/transfers/held/rows"


@pytest.fixture
def board(town, screen_of):
    screen = screen_of("teller")
    screen.open("/desk/transfers/held")
    screen.settle()
    return screen


def poll(page):
    """Trigger the periodic refresh of the rows now; return the status of the answer."""
    with page.expect_response(lambda answer: ROWS in answer.url) as answered:
        page.evaluate("document.querySelector('[data-live]').dispatchEvent(new CustomEvent('every', {detail: {}}))")
    return answered.value.status


@pytest.mark.parametrize("path", ["/desk/", "/desk/transfers/held", "/desk/customers"])
def test_a_cold_page_is_light(town, screen_of, path):
    teller = screen_of("teller")
    page = teller.page
    sizes = []
    line = page.context.new_cdp_session(page)
    line.send("Network.enable")
    line.send("Network.setCacheDisabled", {"cacheDisabled": True})
    line.on("Network.loadingFinished", lambda each: sizes.append(each["encodedDataLength"]))
    teller.open(path)
    page.wait_for_load_state("networkidle")
    assert 10_000 < sum(sizes) < COLD_BYTES


def test_unchanged_rows_are_not_sent_again_and_new_ones_are(board, town):
    page = board.page
    rows = page.locator("#held-rows tbody tr")
    expect(rows.first).to_be_visible()
    before = rows.count()
    assert poll(page) == 204
    expect(rows).to_have_count(before)
    town.transfer(town.ids["account_id"][0], "next_day")
    assert poll(page) == 200
    expect(rows).to_have_count(before + 1)


def test_a_hidden_tab_asks_nothing_until_it_is_seen_again(board):
    page = board.page
    asked = []
    page.on("request", lambda each: asked.append(each.url) if ROWS in each.url else None)
    page.evaluate("Object.defineProperty(document, 'hidden', {configurable: true, get: () => true})")
    page.evaluate("document.querySelector('[data-live]').dispatchEvent(new CustomEvent('every', {detail: {}}))")
    page.evaluate("fetch('/healthz')")
    with page.expect_response(lambda answer: ROWS in answer.url):
        assert not asked
        page.evaluate("delete document.hidden; document.dispatchEvent(new Event('visibilitychange'))")
    assert asked


def test_lost_connection_is_shown_with_the_age_of_the_data(board, watch):
    page = board.page
    banner = page.get_by_role("alert").filter(has_text="连接中断，数据截至")
    expect(banner).to_have_count(0)
    page.route(f"**{ROWS}*", lambda route: route.abort())
    page.evaluate("document.querySelector('[data-live]').dispatchEvent(new CustomEvent('every', {detail: {}}))")
    expect(banner).to_be_visible()
    # The browser complains of the line that the test cut, and of nothing else.
    assert all("ERR_FAILED" in each or "Failed to fetch" in each for each in watch.complaints), watch.complaints
    watch.complaints.clear()
    page.unroute(f"**{ROWS}*")
    assert poll(page) in (200, 204)
    expect(banner).to_have_count(0)


def test_row_on_a_phone_is_a_card_with_column_names(town, screen_of):
    screen = screen_of("auditor")
    screen.page.set_viewport_size({"width": 390, "height": 800})
    screen.open("/desk/decisions")
    screen.settle()
    cell = screen.page.locator(".desk-cards tbody td[data-label]").first
    expect(cell).to_be_visible()
    assert screen.page.evaluate("document.documentElement.scrollWidth") <= 390
    wide = (
        "() => [...document.querySelectorAll('.table-responsive')].filter((x) => x.scrollWidth > x.clientWidth).length"
    )
    assert screen.page.evaluate(wide) == 0


def test_menu_on_a_phone_is_folded(town, screen_of):
    screen = screen_of("teller")
    page = screen.page
    screen.open("/desk/")
    link = page.get_by_role("navigation").get_by_role("link", name="个人开户")
    expect(link).to_be_visible()
    page.set_viewport_size({"width": 390, "height": 800})
    expect(link).to_be_hidden()
    screen.press("菜单")
    expect(link).to_be_visible()
    link.click()
    screen.reads("个人开户")
    expect(page.get_by_role("button", name="菜单")).to_have_attribute("aria-expanded", "false")
