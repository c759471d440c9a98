"""A certificate whose legal basis only a later version knows is explained on the page, without an error."""

import pytest

from blacklist.policy import listings
from blacklist.refusals import LegalBasisNotOffered
from tests.desk.pages import text_of
from tests.factories import ZHANG
from tests.listings import certify

pytestmark = pytest.mark.django_db


def test_customers_page_says_that_the_basis_is_unknown(noon, signed_in, zhang, monkeypatch):
    certify(ZHANG)

    def regime_of(basis):
        raise LegalBasisNotOffered(legal_basis=basis, offered=[])

    monkeypatch.setattr(listings, "regime_of", regime_of)
    answer = signed_in("teller").get(f"/desk/customers/{zhang.id}")
    assert answer.status_code == 422
    assert "LEGAL_BASIS_NOT_OFFERED" in text_of(answer)
