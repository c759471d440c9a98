"""django-ledger with checks: lock the payer's row and check the sum of its lines before `commit_txs`."""

from collections.abc import Callable
from decimal import Decimal
from random import Random
from typing import Any

from benchmarks.cases.peers.django_setup import set_up

#: Number of copies of an account, made at once: one by one, the package takes a second for a hundred.
ALIKE = """
INSERT INTO django_ledger_accountmodel SELECT (jsonb_populate_record(a, jsonb_build_object(
  'uuid', gen_random_uuid(), 'code', (20000000 + n)::text, 'name', n::text,
  'path', left(a.path, -4) || upper(to_hex(4096 + n))))).*
FROM django_ledger_accountmodel a, generate_series(1, %(more)s) n WHERE a.uuid = %(like)s
"""
EACH, CENT = Decimal(1_000_000), Decimal("0.01")


def seeded(accounts: int) -> "Ledger":
    """Return a bank with accounts of a million yuan each."""
    set_up("django_ledger")
    return Ledger(accounts)


class Ledger:
    """Bank on django-ledger: one entity, one ledger; customers' accounts are liabilities."""

    def __init__(self, accounts: int) -> None:
        from django.contrib.auth.models import User
        from django.db import connection
        from django.utils import timezone
        from django_ledger.models import AccountModel, EntityModel

        self.chance = Random(1)
        admin = User.objects.create_user("bench")
        entity = EntityModel.create_entity("bench", use_accrual_method=True, admin=admin, fy_start_month=1)
        chart = entity.create_chart_of_accounts(assign_as_default=True, commit=True)
        cash = self._account(entity, chart, "10000000", "asset_ca_cash", "debit")
        like = self._account(entity, chart, "20000000", "lia_cl_other", "credit")
        with connection.cursor() as cursor:
            cursor.execute(ALIKE, {"like": like.pk, "more": accounts - 1})
        self.ids = list(AccountModel.objects.filter(role="lia_cl_other").values_list("pk", flat=True))
        self.ledger = entity.create_ledger("bench", posted=True)
        funding = [_line(AccountModel(pk=cash.pk), EACH * len(self.ids), "debit")]
        funding += [_line(AccountModel(pk=each), EACH, "credit") for each in self.ids]
        self._commit(funding, timezone.now())
        self.funded = len(funding)
        with connection.cursor() as cursor:
            cursor.execute("VACUUM ANALYZE")

    @staticmethod
    def _account(entity: Any, chart: Any, code: str, role: str, side: str) -> Any:
        return entity.create_account(code=code, role=role, name=code, balance_type=side, active=True, coa_model=chart)

    def ways(self) -> dict[str, tuple[Callable[[], None], int]]:
        """Return the only way."""
        return {"commit_txs()": (self._pay, 1)}

    def _pay(self) -> None:
        from django.db import transaction
        from django.db.models import Q, Sum
        from django.utils import timezone
        from django_ledger.models import AccountModel, TransactionModel

        payer_id, payee_id = self.chance.sample(self.ids, 2)
        with transaction.atomic():
            payer = AccountModel.objects.select_for_update().get(pk=payer_id)
            payee = AccountModel.objects.get(pk=payee_id)
            posted = TransactionModel.objects.filter(account=payer, journal_entry__posted=True).aggregate(
                credit=Sum("amount", filter=Q(tx_type="credit")), debit=Sum("amount", filter=Q(tx_type="debit"))
            )
            balance = (posted["credit"] or Decimal(0)) - (posted["debit"] or Decimal(0))
            assert balance >= CENT, "the payer's balance does not cover"
            entry = self._commit([_line(payer, CENT, "debit"), _line(payee, CENT, "credit")], timezone.now())
            assert entry.posted

    def _commit(self, lines: list[dict[str, Any]], at: Any) -> Any:
        entry, _ = self.ledger.commit_txs(je_timestamp=at, je_txs=lines, je_posted=True)
        return entry

    def wrong(self, calls: int) -> list[str]:
        """Return the errors found after some transfers."""
        from django.db.models import Q, Sum
        from django_ledger.models import TransactionModel

        of = TransactionModel.objects.filter(journal_entry__posted=True)
        sums = of.aggregate(
            credit=Sum("amount", filter=Q(tx_type="credit")), debit=Sum("amount", filter=Q(tx_type="debit"))
        )
        wrong = [] if sums["credit"] == sums["debit"] else ["debits and credits differ"]
        lines = of.count() - self.funded
        return wrong if lines == 2 * calls else [*wrong, f"{calls} calls made {lines} lines"]


def _line(account: Any, amount: Decimal, side: str) -> dict[str, Any]:
    return {"account": account, "amount": amount, "tx_type": side, "description": ""}
