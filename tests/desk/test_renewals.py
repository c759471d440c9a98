"""Renewal of a document at the desk: from the customer's page, with or without an end, on the timeline."""

import re
from datetime import date

import pytest

from accounts.models import Document, DocumentRenewal
from tests import factories
from tests.desk.pages import text_of
from tests.desk.test_customers_acts import code_of, post

pytestmark = pytest.mark.django_db
OLD = date(2026, 1, 4)


def renew(client, customer, key="0" * 32, **fields):
    data = {
        "type": "resident_id", "number": factories.ZHANG.number, "country": "", "valid_until": "20460104",
        "method": "联网核查", "result": "match",
    } | fields  # fmt: skip
    return post(client, f"/desk/customers/{customer.id}/documents/renew", key=key, **data)


def test_an_expired_document_is_marked_and_leads_to_its_renewal(teller, zhang):
    factories.valid_until(zhang, OLD)
    page = text_of(teller.get(f"/desk/customers/{zhang.id}"))
    assert "已过期" in page
    assert "DOCUMENT_EXPIRED" in page
    address = f"/desk/customers/{zhang.id}/documents/renew"
    assert address in page
    form = teller.get(address).context["form"]
    assert (form["type"].value(), form["method"].value(), form["result"].value()) == (None, None, None)
    assert not form["no_end"].value()
    answer = renew(teller, zhang)
    assert (answer.status_code, answer.url) == (302, f"/desk/customers/{zhang.id}")
    page = text_of(teller.get(answer.url))
    assert "证件有效期已更新。" in page
    assert "已过期" not in page
    assert "更新证件有效期" in page
    assert "居民身份证: 2026年1月4日 → 2046年1月4日" in page
    assert Document.objects.get().valid_until == date(2046, 1, 4)


def test_document_without_an_end_is_ticked_and_not_assumed(teller, zhang):
    factories.valid_until(zhang, OLD)
    for end_fields in ({"valid_until": ""}, {"no_end": "on"}):
        answer = renew(teller, zhang, **end_fields)
        assert answer.status_code == 400
        assert list(answer.context["form"].errors) == ["no_end"]
    assert not DocumentRenewal.objects.exists()
    assert renew(teller, zhang, valid_until="", no_end="on").status_code == 302
    assert Document.objects.get().valid_until is None
    assert "居民身份证: 2026年1月4日 → 长期" in text_of(teller.get(f"/desk/customers/{zhang.id}"))


def test_impossible_renewal_is_reported_beside_the_field(teller, zhang):
    factories.valid_until(zhang, date(2030, 1, 1))
    for day in ("2026-01-04", "2029-12-31", "x"):
        answer = renew(teller, zhang, valid_until=day)
        assert (answer.status_code, list(answer.context["form"].errors)) == (400, ["valid_until"])
    for name in ("type", "method", "result"):
        answer = renew(teller, zhang, **{name: ""})
        assert list(answer.context["form"].errors) == [name]
    assert not DocumentRenewal.objects.exists()


def test_a_document_of_another_number_is_no_renewal(teller, zhang, li):
    answer = renew(teller, zhang, number=factories.LI.number)
    assert (answer.status_code, code_of(answer)) == (404, "DOCUMENT_NOT_FOUND")
    assert "增加证件" in text_of(answer)


def test_a_check_that_fails_is_said(teller, zhang):
    answer = renew(teller, zhang, result="void_document")
    page = text_of(teller.get(answer.url))
    assert "客户转为待核实" in page
    # A warning never looks like a success.
    assert re.search(r'alert-warning" role="status">[^<]*客户转为待核实', page)
    assert "alert-success" not in page
    assert "证件已失效" in page
    assert DocumentRenewal.objects.count() == 1


def test_organization_renews_its_document(teller, organization):
    address = f"/desk/customers/{organization.id}/documents/renew"
    form = teller.get(address).context["form"]
    assert [code for code, _ in form.fields["type"].choices] == ["uscc"]
    assert "country" not in form.fields
    stated = {"type": "uscc", "number": factories.ORGANIZATION.number, "method": "登记机关回执"}
    assert renew(teller, organization, **stated).status_code == 302
    assert Document.objects.get(customer=organization).valid_until == date(2046, 1, 4)


def test_a_form_sent_twice_renews_once(teller, zhang):
    for _ in range(2):
        assert renew(teller, zhang).status_code == 302
    assert DocumentRenewal.objects.count() == 1


@pytest.mark.parametrize("role", ["supervisor", "auditor"])
def test_roles_without_renewal_see_the_expiry_and_no_link(signed_in, zhang, role):
    factories.valid_until(zhang, OLD)
    page = text_of(signed_in(role).get(f"/desk/customers/{zhang.id}"))
    assert "已过期" in page
    assert "/documents/renew" not in page
