"""An opening for an existing customer: the page reads back what is stored and names what is ignored."""

import re
from datetime import date
from html import unescape

import pytest

from accounts.models import Account, Document
from tests import factories
from tests.desk.pages import english, text_of
from tests.desk.test_opening import OPEN, agent, identity, product, send
from tests.desk.test_opening_organization import OPEN as OPEN_ORGANIZATION
from tests.desk.test_opening_organization import organization, organization_product, representative

pytestmark = pytest.mark.django_db
PHONE, OTHER, MASKED = "13800138000", "13900139000", "138****8000"


def lines_read_back(page) -> dict[str, str]:
    """Return the lines that are read back to the customer."""
    (facts,) = re.findall(r'<dl class="desk-facts acc-check">(.*?)</dl>', text_of(page), re.DOTALL)
    lines = re.findall(r"<dt>(.*?)</dt>\s*<dd[^>]*>(.*?)</dd>", facts, re.DOTALL)
    return {name: " ".join(unescape(re.sub("<[^>]*>", "", value)).split()) for name, value in lines}


def notes(client, *parts, url=OPEN) -> dict[str, str]:
    data = {name: value for part in parts for name, value in part.items()}
    return {str(each.title): each.sentence for each in client.post(f"{url}/rules", data).context["panel"].rules}


def checked(client, *parts, url=OPEN):
    return send(client, "product", *parts, url=url)


def confirmed(client, page, *parts, url=OPEN):
    """Confirm what a page reads back, as its form sends it."""
    mark = re.search(r'name="announced" value="([^"]*)"', text_of(page))[1]
    return send(client, "check", *parts, {"announced": mark}, url=url)


class TestPhone:
    def test_phone_of_a_customer_without_one_is_announced_stored_printed_and_found(self, teller, zhang):
        assert "开户时登记此号码" in notes(teller, identity(phone=PHONE))["登记电话"]
        page = checked(teller, identity(phone=PHONE), product())
        assert lines_read_back(page)["电话"] == f"{PHONE} （原未登记，开户时登记）"
        opened = confirmed(teller, page, identity(phone=PHONE), product())
        assert MASKED in text_of(opened)
        zhang.refresh_from_db()
        assert zhang.phone == PHONE
        account = Account.objects.get()
        paper = text_of(teller.post(f"/desk/accounts/{account.id}/opening-form"))
        assert f'<span class="acc-paper">{PHONE}</span>' in paper
        shown = text_of(teller.get(f"/desk/customers/{zhang.id}"))
        assert (MASKED in shown, "电话号码" in shown) == (True, True)
        assert teller.post("/desk/find", {"key": PHONE}).url == f"/desk/customers/{zhang.id}"

    def test_phone_on_record_stays_and_the_form_says_so(self, teller):
        customer = factories.customer(factories.ZHANG, phone=PHONE)
        note = notes(teller, identity(phone=OTHER))
        assert f"该客户已登记电话 {MASKED}，开户不变更登记的电话，所填号码不登记。" in note["登记电话"]
        assert "电话号码" not in note, "whoever else has a number that is not taken is nobody's question"
        page = checked(teller, identity(phone=OTHER), product())
        assert lines_read_back(page)["电话"] == f"{MASKED} （登记的电话，开户不变更）"
        assert OTHER not in "".join(lines_read_back(page).values())
        opened = confirmed(teller, page, identity(phone=OTHER), product())
        customer.refresh_from_db()
        assert (customer.phone, MASKED in text_of(opened)) == (PHONE, True)

    def test_phone_is_masked_without_the_customers_name(self, teller):
        factories.customer(factories.ZHANG, phone=PHONE)
        assert MASKED not in str(notes(teller, identity(phone=OTHER, name="王五")))

    def test_phone_recorded_by_another_counter_stops_the_opening_and_is_read_back(self, teller, zhang):
        page = checked(teller, identity(phone=OTHER), product())
        send(teller, "check", identity(phone=PHONE), product(account_class="II", card=""), key="k2")
        again = confirmed(teller, page, identity(phone=OTHER), product())
        assert (again.status_code, again.context["step"], again.context["problem"].code) == (409, "check", "CONFLICT")
        assert lines_read_back(again)["电话"] == f"{MASKED} （登记的电话，开户不变更）"
        assert Account.objects.count() == 1
        assert confirmed(teller, again, identity(phone=OTHER), product()).status_code == 200
        assert Account.objects.count() == 2

    def test_a_form_sent_twice_opens_once_all_the_same(self, teller, zhang):
        page = checked(teller, identity(phone=PHONE), product())
        for _ in range(2):
            answer = confirmed(teller, page, identity(phone=PHONE), product())
            assert answer.status_code == 200
        assert Account.objects.count() == 1


class TestDocument:
    def test_another_last_day_is_announced_and_stored(self, teller, zhang):
        shown = identity(valid_until="2030-05-05")
        assert notes(teller, shown)["登记证件"] == "有效期由 长期 变更为 2030年5月5日，开户时登记。"
        page = checked(teller, shown, product())
        assert lines_read_back(page)["有效期至"] == "由 长期 变更为 2030年5月5日"
        confirmed(teller, page, shown, product())
        account = Account.objects.get()
        assert Document.objects.get().valid_until == date(2030, 5, 5)
        assert "至 2030年5月5日" in text_of(teller.post(f"/desk/accounts/{account.id}/opening-form"))
        shown = text_of(teller.get(f"/desk/customers/{zhang.id}"))
        assert ("2030年5月5日" in shown, "长期 → 2030年5月5日" in shown) == (True, True)

    def test_an_earlier_last_day_is_not_taken_and_the_form_says_so(self, teller, zhang):
        factories.valid_until(zhang, date(2040, 1, 1))
        shown = identity(valid_until="2030-05-05")
        assert "登记的有效期为 2040年1月1日，晚于所填日期，开户不变更" in notes(teller, shown)["登记证件"]
        page = checked(teller, shown, product())
        assert lines_read_back(page)["有效期至"] == "2040年1月1日 （登记的有效期，开户不变更）"
        confirmed(teller, page, shown, product())
        assert Document.objects.get().valid_until == date(2040, 1, 1)

    def test_document_not_on_file_is_not_added_and_the_form_says_where(self, teller, zhang):
        shown = identity(type="household_register", valid_until="2030-05-05")
        assert "请在客户页办理增加证件" in notes(teller, shown)["登记证件"]
        page = checked(teller, shown, product())
        assert "未登记此证件，开户不登记；请在客户页办理增加证件" in lines_read_back(page)["证件"]
        assert "有效期至" not in lines_read_back(page)
        confirmed(teller, page, shown, product())
        assert [each.type for each in Document.objects.all()] == ["resident_id"]

    def test_the_same_is_nothing_to_announce(self, teller, zhang):
        assert "登记证件" not in notes(teller, identity())
        assert lines_read_back(checked(teller, identity(), product()))["有效期至"] == "长期"

    def test_validity_and_phone_are_recorded_with_an_agent_too(self, teller, zhang):
        shown = identity(valid_until="2030-05-05", phone=PHONE)
        page = checked(teller, shown, product(), agent())
        assert confirmed(teller, page, shown, product(), agent()).status_code == 200
        zhang.refresh_from_db()
        assert (zhang.phone, Document.objects.get().valid_until) == (PHONE, date(2030, 5, 5))


def test_data_of_a_new_customer_is_read_back_as_stored(teller):
    page = checked(teller, identity(type="military_id", number="军字第12345678号", birth_date="1990-01-01"), product())
    read = lines_read_back(page)
    assert (read["电话"], read["有效期至"], read["出生日期"]) == (PHONE, "长期", "1990年1月1日")
    assert not {"登记电话", "登记证件"} & notes(teller, identity()).keys()


def test_a_birth_date_is_not_changed_and_the_form_says_so(teller, zhang):
    shown = identity(birth_date="1980-01-01")
    assert "开户不变更客户的出生日期" in notes(teller, shown)["出生日期"]
    assert "1980-01-01" not in str(lines_read_back(checked(teller, shown, product())))


def test_another_spelling_of_the_name_is_not_taken_and_the_form_says_so(teller):
    factories.customer(factories.Person("Zhang San", factories.ZHANG.number))
    page = checked(teller, identity(name="ZHANG SAN"), product())
    assert lines_read_back(page)["姓名"] == "ZHANG SAN （登记为 Z********，开户不变更）"


def test_data_of_an_organization_is_read_back_as_stored(teller):
    first = [organization(phone=""), representative(), organization_product()]
    send(teller, "check", *first, url=OPEN_ORGANIZATION)
    again = [
        organization(phone=PHONE, valid_until="2035-01-01"),
        representative(name="李四", number=factories.LI.number),
        organization_product(unit_kind="general"),
    ]
    found = notes(teller, *again, url=OPEN_ORGANIZATION)
    assert found["变更法定代表人"] == "登记的法定代表人为 张*，开户时变更为所填的人和证件。"
    page = checked(teller, *again, url=OPEN_ORGANIZATION)
    read = lines_read_back(page)
    assert read["电话"] == f"{PHONE} （原未登记，开户时登记）"
    assert read["有效期至"] == "由 长期 变更为 2035年1月1日"
    assert read["法定代表人"].endswith("（变更，原登记 张*）")
    send(
        teller,
        "check",
        *again,
        {"announced": re.search(r'"announced" value="([^"]*)"', text_of(page))[1]},
        key="k2",
        url=OPEN_ORGANIZATION,
    )
    account = Account.objects.latest("id")
    assert account.customer.phone == PHONE
    assert Document.objects.get().valid_until == date(2035, 1, 1)
    assert "李*" in text_of(teller.get(f"/desk/accounts/{account.id}/opened"))


def test_page_is_in_english_on_request(teller, zhang):
    page = send(english(teller), "product", identity(valid_until="2030-05-05"), product())
    read = lines_read_back(page)
    assert read["Phone"] == f"{PHONE} (none on record; this one will be recorded)"
    assert read["Valid until"] == "from No expiry to 5 May 2030"
