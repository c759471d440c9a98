"""A generated stock is equal for an equal seed, can be imported, and is counted as its files are."""

import csv
from collections import Counter, defaultdict
from datetime import date
from io import StringIO

import pytest
from django.core.management import CommandError, call_command
from rich.console import Console

from accounts.policy.opening import carries_cards
from accounts.stock.operations.sheets import sheet_of
from accounts.stock.operations.staging import stage_files
from accounts.stock.queries.dry_run import dry_run_of
from accounts.stock.queries.imports import refused_rows_of
from accounts.stock.vocabulary import RowOutcome
from accounts.vocabulary import AccountClass, AccountKind
from benchmarks.generators.faults import Faults
from benchmarks.generators.holdings import ACCOUNTS_LIMITED, CARDS_LIMITED
from benchmarks.generators.stock import COLUMNS, StockMaker
from benchmarks.management.commands import generate_stock
from config.kernel.identity.numbers import expand_first_generation
from config.kernel.intake.tables.cells import RowRefused
from config.kernel.law.money import parse_yuan

DAY = date(2026, 1, 5)
MANY = 4000
MADE = 600
READERS = {name: sheet_of(name).read for name in ("customers", "documents", "accounts", "cards", "freezes")}
#: The column with each file's own number, which no two good rows share.
NUMBERS = {"customers": "document_number", "accounts": "account_number", "cards": "card_number"}


@pytest.fixture(scope="module")
def made() -> tuple[StockMaker, dict[str, list[dict[str, str]]]]:
    """A stock in memory: its maker, and the rows of each file."""
    maker = StockMaker(MANY, 7, errors=0.05, prefix="62284800")
    found = defaultdict(list)
    for portion in maker.portions():
        for name, several in portion.items():
            found[name] += [dict(zip(COLUMNS[name], row, strict=True)) for row in several]
    return maker, found


@pytest.fixture(scope="module")
def good(made) -> dict[str, list[dict[str, str]]]:
    """The rows of the same seed without faults."""
    found = defaultdict(list)
    for portion in StockMaker(MANY, 7, errors=0, prefix="62284800").portions():
        for name, several in portion.items():
            found[name] += [dict(zip(COLUMNS[name], row, strict=True)) for row in several]
    return found


def write(folder, **options) -> str:
    out = StringIO()
    call_command("generate_stock", to=folder, stdout=out, **options)
    return out.getvalue()


def test_the_same_seed_writes_the_same_bytes_and_another_one_others(tmp_path):
    options = {"customers": 1500, "errors": 0.02}
    printed = [write(tmp_path / name, seed=seed, **options) for name, seed in (("a", 5), ("b", 5), ("c", 6))]
    files = [
        {path.name: path.read_bytes() for path in sorted((tmp_path / name).glob("*.csv"))} for name in ("a", "b", "c")
    ]
    assert sorted(files[0]) == sorted(f"{name}.csv" for name in COLUMNS)
    assert files[0] == files[1]
    assert all(files[0][name] != files[2][name] for name in ("customers.csv", "accounts.csv", "cards.csv"))
    tables = [text[text.index("┏") :] for text in printed]
    assert tables[0] == tables[1] != tables[2]


def test_faulty_rows_are_added_to_the_rows_of_the_same_seed(made, good):
    _, found = made
    for name, expected in good.items():
        left = iter(found[name])
        assert all(row in left for row in expected), name


def test_valid_rows_are_accepted(good):
    for name, reader in READERS.items():
        for row in good[name]:
            reader(row, DAY)
    assert {row["status"] for row in good["cards"]} == {"issued", "active", "lost"}
    assert any(row["agent_name"] for row in good["accounts"])
    assert good["freezes"]


def test_references_exist_and_numbers_are_unique(good):
    for name, column in NUMBERS.items():
        numbers = [row[column] for row in good[name]]
        assert len(set(numbers)) == len(numbers)
    customers = {row["customer_ref"]: row for row in good["customers"]}
    accounts = {row["account_ref"]: row for row in good["accounts"]}
    assert all(row["customer_ref"] in customers for row in good["documents"])
    assert all(row["account_ref"] in accounts for row in good["freezes"])
    for row in good["accounts"]:
        is_organization = customers[row["customer_ref"]]["kind"] == "organization"
        assert is_organization == (row["account_class"] == "none")
    for row in good["cards"]:
        account = accounts[row["account_ref"]]
        assert account["opened_on"] <= row["issued_on"]
        assert carries_cards(AccountKind(account["kind"]), AccountClass(account["account_class"]))


def test_numbers_of_15_digits_are_of_the_same_person(good):
    customers = {row["customer_ref"]: row for row in good["customers"]}
    old = [row for row in good["documents"] if len(row["document_number"]) == 15]
    assert len(old) > MANY / 20
    for row in old:
        assert expand_first_generation(row["document_number"]) == customers[row["customer_ref"]]["document_number"]


def test_some_are_known_by_15_digits_alone_and_some_twice(made, good):
    names = defaultdict(set)
    for row in good["customers"]:
        names[READERS["customers"](row, DAY)["document"].read.identity].add((row["customer_ref"], row["name"]))
    twice = [each for each in names.values() if len(each) > 1]
    assert len(twice) == made[0].tally.twice > 0
    assert all(len({name for _, name in each}) == 1 for each in twice)
    alone = [row for row in good["customers"] if len(row["document_number"]) == 15]
    assert len(alone) > len(twice)


def test_namesakes_of_one_day_are_two_persons(made, good):
    born = Counter(
        (row["name"], row["document_number"][6:14])
        for row in good["customers"]
        if row["document_type"] == "resident_id"
    )
    assert sum(count - 1 for count in born.values()) >= made[0].tally.twins > 5


@pytest.mark.parametrize("name", NUMBERS)
def test_every_planted_fault_is_refused_in_its_column(name, made):
    """Faults that one row alone does not show follow from the rows before it."""
    maker, found = made
    known = {
        "customer_ref": {row["customer_ref"] for row in found["customers"]},
        "account_ref": {row["account_ref"] for row in found["accounts"]},
    }
    seen, refused = set(), Counter()
    for row in found[name]:
        try:
            READERS[name](row, DAY)
        except RowRefused as fault:
            (only,) = fault.faults
            refused[only.column] += 1
            continue
        own, *others = list(COLUMNS[name])
        parent = others[0] if name != "customers" else own
        twice = [column for column in (own, NUMBERS[name]) if (column, row[column]) in seen]
        if row[parent] not in known[parent]:
            refused[parent] += 1
        elif twice:
            refused[twice[0]] += 1
        else:
            seen |= {(column, row[column]) for column in (own, NUMBERS[name])}
    planted = Counter()
    for fault, count in maker.tally.planted.items():
        if fault.file == name:
            planted[fault.column] += count
    assert refused == planted
    assert len({fault.what for fault in maker.tally.planted if fault.file == name}) == 4


def test_every_file_has_faults_of_its_own(made):
    assert set(Faults(0.1).by_file) == set(COLUMNS)
    maker, found = made
    unknown = [row for row in found["documents"] if row["customer_ref"] == "Z000000000"]
    assert len(unknown) == sum(count for fault, count in maker.tally.planted.items() if fault.file == "documents") > 0


def test_announced_excess_is_in_the_files(made, good):
    held = defaultdict(list)
    person = {
        row["customer_ref"]: READERS["customers"](row, DAY)["document"].read.identity for row in good["customers"]
    }
    owner = {row["account_ref"]: person[row["customer_ref"]] for row in good["accounts"]}
    for row in good["accounts"]:
        held[person[row["customer_ref"]], row["kind"], row["account_class"]].append(row["opened_on"])
    for row in good["cards"]:
        if row["product"] == "debit":
            held[owner[row["account_ref"]], "cards", ""].append(row["issued_on"])
    expected, beyond = defaultdict(lambda: [0, 0, 0]), set()
    most = {
        ("bank", "I"): ("bank_i", 1, ACCOUNTS_LIMITED),
        ("bank", "II"): ("bank_ii", 5, ACCOUNTS_LIMITED),
        ("payment", "III"): ("payment_iii", 1, ACCOUNTS_LIMITED),
        ("cards", ""): ("cards", 4, CARDS_LIMITED),
    }
    for (customer, *what), days in held.items():
        name, limit, since = most.get(tuple(what), ("", 99, ACCOUNTS_LIMITED))
        if len(days) > limit:
            young = sum(day >= since.isoformat() for day in sorted(days)[limit:])
            for place, more in enumerate((1, len(days) - limit - young, young)):
                expected[name][place] += more
            beyond.add(customer)
    tally = made[0].tally
    assert {name: [found.customers, found.stock, found.breaches] for name, found in tally.excess.items()} == dict(
        expected
    )
    assert tally.excess_customers == len(beyond)
    assert MANY * 0.02 < len(beyond) < MANY * 0.08
    assert (
        sum(found.breaches for found in tally.excess.values()) < sum(found.stock for found in tally.excess.values()) / 4
    )


def test_printed_figures_equal_the_files(tmp_path):
    printed = write(tmp_path, customers=1200, seed=2, errors=0.02)
    for name in COLUMNS:
        with (tmp_path / f"{name}.csv").open(encoding="utf-8", newline="") as file:
            count = sum(1 for _ in csv.DictReader(file))
        (line,) = [line for line in printed.splitlines() if f"{name}.csv" in line and line.count("│") == 4]
        assert line.split("│")[2].strip() == f"{count:,}"


def test_printed_balances_are_exact_to_the_fen(made, good):
    total = sum(parse_yuan(row["balance"]) for row in good["accounts"] if row["balance"] != "0.00")
    assert made[0].tally.balance_fen == total


@pytest.mark.parametrize("wrong", [["--customers", "0"], ["--customers", "x"], ["--customers", "5", "--errors", "0.6"]])
def test_impossible_parameters_are_refused(tmp_path, wrong):
    with pytest.raises(CommandError):
        call_command("generate_stock", "--to", str(tmp_path), *wrong)


def test_a_folder_that_cannot_be_written_is_named(tmp_path):
    (tmp_path / "file").touch()
    with pytest.raises(CommandError, match="file"):
        write(tmp_path / "file", customers=1)


def test_import_finds_the_announced_faults_balances_and_excess(tmp_path, db, noon):
    """Exactly the planted faults are refused, and balances and excess are the printed ones."""
    maker = StockMaker(MADE, 11, errors=0.04, prefix="62284800")
    console = Console(file=StringIO())
    generate_stock.write(maker, tmp_path, console)
    row = stage_files({name: tmp_path / f"{name}.csv" for name in COLUMNS}, processes=1)
    summary, tally = dry_run_of(row), maker.tally
    refused = Counter((fault.file.removesuffix(".csv"), fault.column) for fault in refused_rows_of(row.id))
    planted = Counter()
    for fault, count in tally.planted.items():
        planted[fault.file, fault.column] += count
    assert refused == planted
    assert {name: counts.rows for name, counts in summary.sheets.items()} == dict(tally.rows)
    assert summary.balance_fen == tally.balance_fen
    assert {limit: (each.stock, each.breaches) for limit, each in summary.excess.items()} == {
        limit: (each.stock, each.breaches) for limit, each in tally.excess.items()
    }
    reviews = Counter(fault.code for fault in refused_rows_of(row.id, RowOutcome.REVIEW))
    assert reviews["SAME_PERSON_IN_FILE"] == tally.twice > 0
    assert reviews["POSSIBLE_SAME"] >= 2 * tally.twins > 0
