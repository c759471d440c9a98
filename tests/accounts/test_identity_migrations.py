"""What older versions left of identities: who is under review by his last check, what a re-verification knew."""

from importlib import import_module
from types import SimpleNamespace

import pytest
from django.db import DatabaseError, connection, transaction

from accounts.models import Customer, IdentityCheck
from config.kernel.sql import rows
from tests import factories
from tests.accounts.test_renewals import renew
from tests.accounts.test_reverifications import restrictions, reverified
from tests.broken import past_the_guards
from tests.clock import NOON
from tests.listing import certify_account

ANEW = import_module("accounts.migrations.0019_identified_anew")
RENEWALS = import_module("accounts.migrations.0020_document_renewals")
EDITOR = SimpleNamespace(connection=connection)


def check(customer, result):
    IdentityCheck.objects.create(customer=customer, method="x", result=result, at=NOON)


def test_whom_the_last_check_did_not_confirm_is_put_under_review_and_named(zhang, li, wang, capsys):
    factories.reverified(wang)
    for customer, result in ((zhang, "not_found"), (li, "match"), (wang, "void_document")):
        check(customer, result)
    ANEW.put_under_review(None, EDITOR)
    assert str(zhang.id) in capsys.readouterr().out
    assert set(Customer.objects.filter(status="in_review")) == {zhang}
    ANEW.put_under_review(None, EDITOR)
    assert not capsys.readouterr().out, "once is enough"


def test_what_a_reverification_at_the_instant_of_a_certificate_knew_is_in_its_proposal(teller, supervisor, zhang):
    known = certify_account(factories.account(zhang).account_number)
    reverified(teller, supervisor, zhang)
    with past_the_guards("accounts_customer"):
        Customer.objects.update(reverified_knowing=None)
    assert restrictions(teller, zhang)
    rows(ANEW.SAME_INSTANT)
    zhang.refresh_from_db()
    assert zhang.reverified_knowing == [known.id]
    assert not restrictions(teller, zhang)


def test_renewals_are_not_migrated_away(teller, zhang):
    rows(RENEWALS.UNLESS_RENEWED)
    assert renew(teller, zhang).status_code == 200
    with pytest.raises(DatabaseError, match="documents were renewed"), transaction.atomic():
        rows(RENEWALS.UNLESS_RENEWED)
