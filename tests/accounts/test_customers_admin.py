"""The back office shows customers masked and changes nothing."""

import pytest

from accounts.models import Document, IdentityConflict
from tests import factories, people
from tests.clock import NOON
from tests.factories import ZHANG
from tests.signed_in_browser import browser_of


@pytest.fixture
def desk(db):
    return browser_of(people.administrator("root"))


@pytest.fixture
def cast(noon):
    zhang = factories.customer(ZHANG, phone="13800138000", sealed_birth_date="1949-12-31")
    conflict = IdentityConflict(customer=zhang, at=NOON)
    conflict.name = "张叁"
    conflict.save(force_insert=True)
    outside = factories.external_account(zhang, "6217000000000006")
    return {
        "customer": zhang,
        "document": Document.objects.get(),
        "identityconflict": conflict,
        "externalaccount": outside,
    }


@pytest.mark.parametrize(
    ("model", "shown"),
    [
        ("customer", "138****8000"),
        ("document", "110105********002X"),
        ("identityconflict", "张*"),
        ("externalaccount", "6217********0006"),
    ],
)
def test_customer_is_shown_masked(desk, cast, model, shown):
    for path in (f"/admin/accounts/{model}/", f"/admin/accounts/{model}/{cast[model].pk}/change/"):
        page = desk.get(path)
        assert page.status_code == 200
        text = page.content.decode()
        assert shown in text
        for secret in (ZHANG.number, "张三", "张叁", "13800138000", "6217000000000006", "1949-12", "1949年", "见卡"):
            assert secret not in text
