"""What a customer tells of itself on the way to an account, as a teller fills it in."""

from playwright.sync_api import Page

from tests import factories


def tells(page: Page, *, unit: bool = False) -> None:
    """Fill in the step of the particulars."""
    for name, value in (factories.unit_told() if unit else factories.told()).items():
        field = page.locator(f"#id_{name}")
        if name.endswith("no_end"):
            field.check()
        elif field.evaluate("each => each.tagName") == "SELECT":
            field.select_option(value)
        else:
            field.fill(value)
