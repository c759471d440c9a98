"""Listings of a document linked between the look-up and the locks count in the same decision."""

import pytest

from accounts.models import Identity
from accounts.operations.holders import lock_holder
from accounts.queries import parties
from blacklist.queries import listings
from config.kernel.database.locks import lock_subjects
from config.kernel.database.sql import ask
from tests import factories
from tests.accounts.merged_customers import PERMIT, merge
from tests.listings import certify
from tests.transfers.conftest import CARD

pytestmark = pytest.mark.django_db


@pytest.fixture
def new_key(zhang, monkeypatch):
    """Link a passport right before the locks are taken."""
    key = factories.key_of("passport", "E12345678", "CHN")

    def link_once(plain):
        def linking(*args, **kwargs):
            Identity.objects.get_or_create(customer=zhang, key=key)
            return plain(*args, **kwargs)

        return linking

    monkeypatch.setattr(listings, "subject_lock", link_once(listings.subject_lock))
    monkeypatch.setattr("accounts.operations.holders.lock_subjects", link_once(lock_subjects))
    return key


def test_a_payers_new_identity_is_asked_about(payer, new_key, monkeypatch):
    asked = []
    plain = listings.listings_query

    def listings_query(keys, numbers, cards):
        asked.append(set(keys))
        return plain(keys, numbers, cards)

    monkeypatch.setattr(listings, "listings_query", listings_query)
    refs = [ask(parties.by_card(CARD))]
    gathered = parties.lock_parties(refs, lock=[payer.id])
    assert new_key not in asked[0]
    assert new_key in asked[-1]
    assert gathered.parties[payer.id].card_status == "active"


def test_an_openers_new_identity_is_asked_about(zhang, new_key):
    assert new_key in lock_holder(zhang.id).keys.identity_keys


def test_customers_merged_meanwhile_are_judged_as_one(teller, supervisor, zhang, payer):
    other = factories.account(factories.customer(PERMIT), "II")
    refs = ask(parties.by_ids([payer.id, other.id]))
    certify(factories.ZHANG)
    merge(teller, supervisor, zhang, other.customer)
    gathered = parties.lock_parties(refs, lock=[other.id])
    assert gathered.parties[other.id].restrictions
    assert gathered.parties[other.id].customer_id == gathered.parties[payer.id].customer_id == zhang.id
