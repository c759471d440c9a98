"""Save form drafts as the desk's script does, and read them in the form again."""

import re
from html.parser import HTMLParser

from django.http import HttpResponse
from django.test import Client

from accounts.models import Account, Customer
from config.kernel.models import FormDraft
from tests import cash, factories
from tests.desk.pages import text_of
from tests.transfers.conftest import pay_in

NEW = "/desk/transfers/new"
ORDER = {"payee_number": "6217000011112222", "bank_code": "CCB", "amount": "12,800.50", "memo": "租金"}


def mark_on(client: Client, page: str) -> str:
    """Return the mark by which the form on a page is saved."""
    found = re.search(r'name="drafted" value="([^"]+)"', text_of(client.get(page, follow=True)))
    assert found, page
    return found[1]


def types(client: Client, page: str, fields: dict[str, str], **more: str) -> HttpResponse:
    """Save input for the form of a page, as its script does."""
    answer = client.post("/desk/drafts", {"drafted": mark_on(client, page), **fields, **more})
    assert answer.status_code == 204
    return answer


def left_at() -> str:
    """Return the address of the form that was saved last; a form begun by its code has its own address."""
    return FormDraft.objects.latest("saved_at", "pk").address


class Filled(HTMLParser):
    """Values in the fields of a page."""

    def __init__(self):
        super().__init__()
        self.values, self.within = {}, ""

    @classmethod
    def of(cls, page: str) -> dict[str, str]:
        read = cls()
        read.feed(page)
        return read.values

    def handle_starttag(self, tag, attrs):
        attributes = dict(attrs)
        if tag in {"select", "textarea"}:
            self.within = attributes.get("name", "")
        if tag == "input" and ("checked" in attributes or attributes.get("type") not in {"radio", "checkbox"}):
            self.values[attributes.get("name")] = attributes.get("value", "on")
        if tag == "option" and "selected" in attributes:
            self.values[self.within] = attributes["value"]

    def handle_data(self, data):
        if self.lasttag == "textarea" and self.within:
            self.values[self.within] = data.strip()
            self.within = ""


def account_with_cash(holder: Customer) -> Account:
    """Open an account with 1,000 yuan and a cash box at the counter."""
    account = factories.account(holder, "I", account_number="6000100000000001")
    pay_in(account, 100_000)
    cash.box()
    return account
