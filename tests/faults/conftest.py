"""Fixtures of fault tests: a broker per test, and the proof that each transfer was released once."""

from collections import Counter
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path

import pytest
from django.db.models import F, Sum

from accounts.models import Account, Entry
from config.kernel.database.clock import bank_now
from config.stack.process import wait_until
from config.stack.valkey import Valkey
from tests import factories
from tests.clock import Clock
from tests.transfers.conftest import money, pay_in
from tests.transfers.factories import held
from transfers.models import Event, Transfer


@pytest.fixture
def broker(tmp_path: Path) -> Iterator[Valkey]:
    with Valkey(tmp_path / "broker") as server:
        yield server


class Stream:
    """Transfers of one fen from a payer to a payee with successive due instants."""

    def __init__(self, payer: Account, payee: Account) -> None:
        self.payer, self.payee = payer, payee
        self.count = 0

    def hold(self, count: int, *, first: float, last: float) -> None:
        """Hold transfers with due instants spread evenly between `first` and `last` seconds from now."""
        start, step = bank_now() + timedelta(seconds=first), timedelta(seconds=(last - first) / count)
        held(self.payer, self.payee, count=count, amount_fen=1, due_at=start, step=step)
        self.count += count

    def left(self) -> int:
        return Transfer.objects.filter(status="held").count()

    def ended(self, *, seconds: float) -> Counter[str]:
        """Wait until all are released; assert once and never early; return the counts by releaser."""
        assert wait_until(lambda: self.left() == 0, seconds=seconds), f"{self.left()} are still held"
        assert Transfer.objects.filter(status="posted", settled_at__gte=F("due_at")).count() == self.count
        releases = Event.objects.exclude(new_status="held")
        assert releases.values("transfer").distinct().count() == releases.count() == self.count
        assert not releases.filter(lateness_ms__lt=0).exists()
        entries = Entry.objects.filter(kind="transfer")
        assert entries.count() == 2 * self.count
        assert entries.aggregate(sum=Sum("amount_fen"))["sum"] == 0
        assert (money(self.payer), money(self.payee)) == ((100_000 - self.count, 0), (self.count, 0))
        return Counter(releases.values_list("released_by", flat=True))


@pytest.fixture
def stream(noon: Clock) -> Stream:
    """A stream without transfers; the bank's clock runs."""
    noon.run()
    payer = factories.account(factories.customer(factories.ZHANG), "I")
    pay_in(payer, 100_000)
    return Stream(payer, factories.account(factories.customer(factories.LI), "I"))
