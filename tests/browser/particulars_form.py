"""Fill in a customer's particulars (客户信息) during an opening, as a teller does."""

from playwright.sync_api import Page

from tests import factories


def fill_particulars(page: Page, *, organization: bool = False) -> None:
    """Fill in the step of the customer's particulars."""
    for name, value in (
        factories.organization_particulars() if organization else factories.individual_particulars()
    ).items():
        field = page.locator(f"#id_{name}")
        if name.endswith("no_end"):
            field.check()
        elif field.evaluate("each => each.tagName") == "SELECT":
            field.select_option(value)
        else:
            field.fill(value)
