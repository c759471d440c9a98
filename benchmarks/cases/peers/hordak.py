"""django-hordak with checks: lock the payer's row and check the balance before `transfer_to`."""

from collections.abc import Callable
from random import Random
from typing import Any

from benchmarks.cases.peers.django_setup import set_up

EACH = 1_000_000


def seeded(accounts: int) -> "Hordak":
    """Return a bank with accounts of a million yuan each."""
    set_up("mptt", "hordak")
    return Hordak(accounts)


class Hordak:
    """Bank on django-hordak: customers' accounts are liabilities, the bank's cash is an asset."""

    def __init__(self, accounts: int) -> None:
        from django.db import connection
        from hordak.models import Account, Leg, Transaction
        from moneyed import Money

        self.chance, self.accounts, self.cents = Random(1), accounts, Money("0.01", "CNY")
        cash = Account.objects.create(name="cash", code="1", type="AS", currencies=["CNY"])
        made = [
            Account(name=f"{n}", code=f"2{n}", type="LI", currencies=["CNY"], lft=1, rght=2, tree_id=n + 10, level=0)
            for n in range(accounts)
        ]
        with connection.cursor() as cursor:
            cursor.execute(
                "ALTER TABLE hordak_account DISABLE TRIGGER USER; ALTER TABLE hordak_leg DISABLE TRIGGER USER"
            )
            Account.objects.bulk_create(made, batch_size=2000)
            cursor.execute("UPDATE hordak_account SET full_code = code")
            funding = Transaction.objects.create()
            Leg.objects.create(transaction=funding, account=cash, debit=Money(EACH * accounts, "CNY"))
            Leg.objects.bulk_create(
                [Leg(transaction=funding, account=each, credit=Money(EACH, "CNY")) for each in made], batch_size=2000
            )
            cursor.execute("ALTER TABLE hordak_account ENABLE TRIGGER USER; ALTER TABLE hordak_leg ENABLE TRIGGER USER")
            cursor.execute("VACUUM ANALYZE")
        self.ids = [each.pk for each in made]

    def ways(self) -> dict[str, tuple[Callable[[], None], int]]:
        """Return the two ways to read a balance that its documentation names."""
        return {"get_balance()": (self._summed, 1), "with_balances()": (self._annotated, 1)}

    def _summed(self) -> None:
        self._pay(lambda row: row.get_balance())

    def _annotated(self) -> None:
        from hordak.models import Account

        self._pay(lambda row: Account.objects.filter(pk=row.pk).with_balances().get().balance)

    def _pay(self, balance_of: Callable[[Any], Any]) -> None:
        from django.db import transaction
        from hordak.models import Account

        payer_id, payee_id = self.chance.sample(self.ids, 2)
        with transaction.atomic():
            payer = Account.objects.select_for_update().get(pk=payer_id)
            payee = Account.objects.get(pk=payee_id)
            assert balance_of(payer)["CNY"] >= self.cents, "the payer's balance does not cover"
            # Between two liabilities, the second grows by the amount.
            assert payee.transfer_to(payer, self.cents).pk

    def wrong(self, calls: int) -> list[str]:
        """Return the errors found after some transfers."""
        from hordak.models import Leg, Transaction

        debit, credit = Leg.objects.sum_to_debit_and_credit()
        wrong = [] if debit == credit else ["debits and credits differ"]
        made = Transaction.objects.count() - 1
        return wrong if made == calls else [*wrong, f"{calls} calls made {made} transactions"]
