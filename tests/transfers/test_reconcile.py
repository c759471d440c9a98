"""`reconcile` reports contradictions from one snapshot and changes nothing."""

import json
from io import StringIO

import pytest
from django.core.management import call_command

from accounts.models import Account, Card, Customer
from config.kernel.database.sql import rows
from config.kernel.vault import sealed_sample
from tests import evidence, factories
from tests.database_refusals import past_the_guards
from tests.transfers.conftest import money, pay_in

pytestmark = pytest.mark.django_db


def test_command_prints_a_table_of_the_invariants(bank):
    out = StringIO()
    call_command("reconcile", stdout=out)
    assert "I28" in out.getvalue()


def test_exits_with_1_and_names_the_row(bank, payer):
    with past_the_guards("accounts_account"):
        Account.objects.filter(pk=payer.pk).update(balance_fen=money(payer)[0] + 1)
    out = StringIO()
    with pytest.raises(SystemExit) as end:
        call_command("reconcile", "--json", stdout=out)
    assert end.value.code == 1
    findings = {finding["name"]: finding for finding in json.loads(out.getvalue())}
    assert findings["I03"]["ids"] == [str(payer.id)]
    assert findings["I01"]["holds"]


def test_option_all_opens_values_outside_of_samples(zhang, monkeypatch):
    evidence.write_missing()
    with past_the_guards("accounts_customer"):
        rows(
            "UPDATE accounts_customer "
            "SET name = set_byte(name, length(name) - 1, 255 - get_byte(name, length(name) - 1))"
        )
    monkeypatch.setattr(sealed_sample, "_sample", lambda _rows, _random: iter(()))
    call_command("reconcile", stdout=StringIO())
    out = StringIO()
    with pytest.raises(SystemExit):
        call_command("reconcile", "--all", "--json", stdout=out)
    findings = {finding["name"]: finding["ids"] for finding in json.loads(out.getvalue())}
    assert findings["I28"] == [f"accounts_customer.name {zhang.pk}"]


@pytest.mark.django_db(transaction=True)
def test_reconcile_reads_one_snapshot_and_changes_nothing(noon, zhang):
    account = factories.account(zhang, "I")
    pay_in(account, 5)
    evidence.write_missing()
    call_command("reconcile", stdout=StringIO())
    assert (Customer.objects.count(), Card.objects.count(), money(account)) == (1, 0, (5, 0))
