"""The auditor's pages in a browser: export files one after another, and light printing in the dark theme."""

from playwright.sync_api import expect

DARK = "document.documentElement.setAttribute('data-bs-theme', 'dark')"


def test_second_file_is_exported_right_after_the_first(screen_of, noon):
    auditor = screen_of("auditor")
    auditor.open("/desk/decisions")
    for button, end in (("导出 CSV", ".csv"), ("导出 XLSX", ".xlsx")):
        with auditor.page.expect_download() as download:
            auditor.press(button)
        assert download.value.suggested_filename.endswith(end)


def test_paper_is_light_in_the_dark_theme(screen_of, noon):
    auditor = screen_of("auditor")
    auditor.open("/desk/decisions")
    page = auditor.page
    page.evaluate(DARK)
    themes = "addEventListener('beforeprint', () => { window.printed = document.documentElement.dataset.bsTheme; })"
    page.evaluate(themes)
    page.pdf()
    assert page.evaluate("window.printed") == "light"
    expect(page.locator("html")).to_have_attribute("data-bs-theme", "dark")


def test_printed_list_has_a_heading(screen_of, noon):
    auditor = screen_of("auditor")
    auditor.open("/desk/decisions")
    auditor.page.emulate_media(media="print")
    expect(auditor.page.get_by_role("heading", name="规则判定记录")).to_be_visible()
    expect(auditor.page.get_by_role("button", name="导出 CSV")).to_be_hidden()
    expect(auditor.page.get_by_role("button", name="查询")).to_be_hidden()
