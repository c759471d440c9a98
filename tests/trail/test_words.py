"""The audit trail is read in words: names of pages, masked customers, short names of refusals."""

import re
from datetime import timedelta

import pytest
from django.urls import get_resolver

from config.kernel.database.ids import new_id
from config.kernel.models import TrailKind, TrailOutcome, TrailRecord, TrailWay
from config.kernel.trail import trail
from config.oversight.desk.page_names import API, DESK, name_of_route, page_name
from config.oversight.desk.trail_lines import CODES, code_name, lines_in_words
from tests import factories
from tests.database import queries_of
from tests.desk.pages import english, text_of
from tests.transfers.factories import held

pytestmark = pytest.mark.django_db
UUID_SHOWN = re.compile(r">[^<]*[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-")


def routes(resolver=None, prefix: str = "") -> list[str]:
    found = []
    for each in (resolver or get_resolver()).url_patterns:
        route = prefix + str(each.pattern)
        found += routes(each, route) if hasattr(each, "url_patterns") else [route]
    return found


def line(place: str = "GET desk/customers/<uuid:customer_id>", **about) -> TrailRecord:
    asker = trail.Asker(place=place, way=TrailWay.DESK)
    row = trail.row_of(asker, TrailKind.VIEW, TrailOutcome.FOUND, **about)
    trail.write(row)
    return row


def about(row: TrailRecord) -> list[tuple[str, str]]:
    (line,) = lines_in_words([row], factories.caller("auditor"))
    return [(each.text, each.address) for each in line.about]


def test_every_page_and_every_call_has_a_name():
    every = [route for route in routes() if route.startswith(("desk/", "api/v1/"))]
    assert len(every) > 250
    assert [route for route in every if not page_name(f"GET {route}")] == []


def test_no_name_is_of_a_page_that_is_gone():
    at_the_desk = {name_of_route(route) for route in routes() if route.startswith("desk/")}
    calls = {
        re.sub("<[^>]*>", "{}", route.removeprefix("api/v1/")) for route in routes() if route.startswith("api/v1/")
    }
    assert (DESK.keys() - at_the_desk, API.keys() - calls) == (set(), set())


def test_a_table_of_the_back_office_is_named_and_an_unknown_address_is_not():
    assert page_name("GET admin/kernel/approval/<path:object_id>/change/") == "复核事项"
    assert page_name("GET admin/") == "后台首页"
    for place in ("", "GET ", "GET admin/no/such/", "GET desk/no-such-page", "GET api/v1/no-such-call"):
        assert page_name(place) == ""
    (line,) = lines_in_words([TrailRecord(id=new_id(), place="GET desk/no-such-page")], factories.caller("auditor"))
    assert line.page == "GET desk/no-such-page"


def test_the_page_and_the_masked_customer_are_read_instead_of_addresses_and_ids(signed_in, zhang):
    line(customer_id=zhang.id)
    for speaks, name in ((None, "客户页"), ("en", "Customer page")):
        desk = signed_in("auditor")
        table = (
            text_of((english(desk) if speaks else desk).get("/desk/trail/looks"))
            .split("<tbody>")[1]
            .split("</tbody>")[0]
        )
        assert f'<a href="/desk/customers/{zhang.id}" title="{zhang.id}">张*</a>' in table
        assert f'<span title="GET desk/customers/&lt;uuid:customer_id&gt;">{name}</span>' in table
        assert not UUID_SHOWN.search(table)
        assert factories.ZHANG.name not in table


def test_each_kind_of_object_is_named_and_leads_to_its_page(noon, zhang):
    payer = factories.account(zhang, balance_fen=100_00)
    (transfer,) = held(payer, amount_fen=100, count=1, due_at=noon.at + timedelta(hours=20))
    teller = factories.caller("teller")
    number = f"{payer.account_number[:4]}{'*' * (len(payer.account_number) - 8)}{payer.account_number[-4:]}"
    assert about(line(account_id=payer.id)) == [(f"张* {number}", f"/desk/accounts/{payer.id}")]
    # A filter by an id keeps it as an object, whatever it is the id of.
    assert about(line("GET desk/decisions", object_id=zhang.id)) == [("张*", f"/desk/customers/{zhang.id}")]
    digits = transfer.id.hex[-12:].upper()
    assert about(line("GET desk/transfers/<uuid:transfer_id>", object_id=transfer.id)) == [
        (f"转账 {digits[:4]}-{digits[4:8]}-{digits[8:]}", f"/desk/transfers/{transfer.id}")
    ]
    assert about(line("GET desk/trail", object_id=teller.id)) == [("人员 teller", "")]
    other = new_id()
    assert about(line("GET desk/letters/<uuid:letter_id>", object_id=other)) == [
        (f"信函 {str(other)[:8]}", f"/desk/letters/{other}")
    ]
    # What is a part of a page, or is done there, is no page to open.
    assert about(line("POST desk/letters/<uuid:letter_id>/print", object_id=other)) == [(f"信函 {str(other)[:8]}", "")]
    assert about(line("POST desk/inbox/attachments/<uuid:scan_id>", object_id=other)) == [
        (f"附件 {str(other)[:8]}", "")
    ]
    assert about(line("GET desk/decisions", object_id=other)) == [(f"对象 {str(other)[:8]}", "")]
    # An auditor lifts no freeze.
    assert about(line("GET desk/freezes/<uuid:freeze_id>/lift", object_id=other)) == [(f"冻结 {str(other)[:8]}", "")]


def test_a_customer_and_an_object_are_both_named(zhang):
    document = new_id()
    place = "POST desk/customers/<uuid:customer_id>/documents/<uuid:document_id>/withdraw"
    assert about(line(place, customer_id=zhang.id, object_id=document)) == [
        ("张*", f"/desk/customers/{zhang.id}"),
        (f"证件 {str(document)[:8]}", ""),
    ]


def test_more_lines_take_no_more_queries(signed_in, zhang):
    desk = signed_in("auditor")
    line(customer_id=zhang.id)
    account = factories.account(zhang)
    line(account_id=account.id)
    desk.get("/desk/trail")
    before = queries_of(lambda: desk.get("/desk/trail"))
    for person in (factories.LI, factories.WANG):
        customer = factories.customer(person)
        line(customer_id=customer.id)
        line(account_id=factories.account(customer).id)
    assert queries_of(lambda: desk.get("/desk/trail")) == before


def test_a_refusal_is_read_and_chosen_by_its_name(signed_in):
    teller, desk = signed_in("teller"), signed_in("auditor")
    assert teller.get("/desk/trail").status_code == 403
    page = text_of(desk.get("/desk/trail?code=ROLE_NOT_ALLOWED"))
    assert '<small title="ROLE_NOT_ALLOWED">角色无此权限</small>' in page
    assert '<option value="ROLE_NOT_ALLOWED" selected>角色无此权限</option>' in page
    assert code_name("SECOND_FACTOR_WRONG") == str(CODES["SECOND_FACTOR_WRONG"]) == "动态口令错误"
    assert code_name("CUSTOMER_EXISTS") == "已是本行客户"
    assert code_name("UNHEARD_OF") == "UNHEARD_OF"
