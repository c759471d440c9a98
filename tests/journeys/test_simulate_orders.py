"""Orders replayed over HTTP are held, released completely and never early, and all totals are exact."""

from io import StringIO

import pytest
from django.core.management import CommandError, call_command

from accounts.models import Account, Card
from accounts.queries.transfer_sides import clearing_totals
from benchmarks.bank.client import Bank
from benchmarks.bank.orders import OrdersRefused, read_orders
from config.kernel.law.money import format_yuan
from tests import factories
from tests.journeys.conftest import key
from transfers.models import Event, Transfer

ORDERS = "order_ref,payer_account,payee_bank,payee_account,amount"
ROWS = (
    "1,600001,YZ,87144583,245.20",
    "2,600001,ST,89597016,0.01",
    "3,600002,YZ,13943797,726.6",
    "4,600003,QR,13943797,7",
)


@pytest.fixture
def folder(tmp_path):
    """Three customers; the first has a card, the third has less money than the order needs."""
    people = [factories.new_person(name) for name in ("甲", "乙", "丙")]
    files = {
        "customers": ["customer_ref,kind,name,document_type,document_number"]
        + [f"{n},individual,{person.name},resident_id,{person.number}" for n, person in enumerate(people, 1)],
        "accounts": ["account_ref,customer_ref,account_number,kind,account_class,opened_on,balance"]
        + [f"{n},{n},60000{n},bank,I,2015-03-24,{balance}" for n, balance in enumerate(("300", "1000", "6.50"), 1)],
        "cards": ["card_ref,account_ref,card_number,product,issued_on", "1,1,6228480000000015,debit,2018-10-16"],
        "orders": [ORDERS, *ROWS],
    }
    for name, lines in files.items():
        (tmp_path / f"{name}.csv").write_text("\n".join(lines) + "\n")
    return tmp_path


def replay(bank, folder) -> str:
    out = StringIO()
    try:
        call_command(
            "simulate_atm",
            url=bank.url,
            keys=bank.keys,
            orders=folder / "orders.csv",
            stock=folder,
            into=folder / "atm",
            stdout=out,
        )
    finally:
        print(out.getvalue())  # noqa: T201 - seen when the test fails
    return out.getvalue()


def test_every_bank_gets_exactly_the_total_of_its_orders(running_bank, folder):
    printed = replay(running_bank, folder)
    assert "not proved" not in printed
    assert clearing_totals() == {"QR": 700, "ST": 1, "YZ": 97180}
    assert set(Transfer.objects.values_list("status", "rule_code")) == {("posted", "ATM_24_HOURS")}
    assert set(Event.objects.filter(new_status="posted").values_list("released_by", flat=True)) == {"celery"}
    assert Card.objects.count() == 3
    balances = Account.objects.order_by("account_number").values_list("balance_fen", flat=True)
    assert list(balances) == [5479, 27340, 0]

    # The same file again is the same requests: nothing is sent, issued or paid in twice.
    printed = replay(running_bank, folder)
    assert "not proved" not in printed
    assert (Transfer.objects.count(), Card.objects.count()) == (4, 3)
    assert clearing_totals() == {"QR": 700, "ST": 1, "YZ": 97180}


def test_money_that_is_not_the_files_is_found(running_bank, folder):
    replay(running_bank, folder)
    with Bank(running_bank.url, {"teller": key(running_bank, "teller")}) as bank:
        order = {
            "payer": {"account_id": str(Account.objects.get(account_number="600002").id)},
            "payee": {"account_number": "1", "bank_code": "YZ"},
            "amount": format_yuan(1),
            "arrival": "real_time",
        }
        assert bank.post("teller", "/transfers", order).status == 201
    with pytest.raises(SystemExit) as end:
        replay(running_bank, folder)
    assert end.value.code == 1


@pytest.mark.parametrize(
    ("row", "why"),
    [
        ("5,600001,YZ,87144583,0", "amount"),
        ("5,600001,YZ,87144583,1.005", "amount"),
        ("5,600001,YZ,87144583,1e2", "amount"),
        ("5,600001,,87144583,1", "empty column"),
        ("1,600001,YZ,87144583,1", "was there before"),
        ("5,600001,YZ,87144583", "columns"),
    ],
)
def test_a_file_with_an_order_that_cannot_be_sent_is_not_replayed(folder, row, why):
    (folder / "orders.csv").write_text("\n".join([ORDERS, *ROWS, row]))
    with pytest.raises(OrdersRefused, match=rf"orders\.csv:6 .*{why}"):
        read_orders(folder / "orders.csv")


def test_an_order_of_an_account_that_is_not_here_stops_the_replay(running_bank, folder):
    with (folder / "orders.csv").open("a") as file:
        file.write("9,699999,YZ,1,1\n")
    with pytest.raises(CommandError, match="not at this bank"):
        replay(running_bank, folder)
    assert not Transfer.objects.exists()
