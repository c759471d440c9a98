"""A generated list of certificates is equal for an equal seed, and its import finds the announced faults."""

from io import StringIO
from pathlib import Path

import pytest
from django.core.management import CommandError, call_command

from accounts.queries.customer_samples import sampled_customers
from benchmarks.generators.register import ListedAs, ListMaker
from benchmarks.generators.stock import LATEST
from benchmarks.management.commands import generate_register
from blacklist.imports.operations import stage_list
from blacklist.imports.queries.lists import counts_of, touches_of
from blacklist.imports.vocabulary import ListOutcome
from blacklist.vocabulary import TouchKind
from tests import factories, people

pytestmark = pytest.mark.django_db


@pytest.fixture
def customers(noon):
    for person in (factories.ZHANG, factories.LI, factories.WANG):
        factories.card(factories.account(factories.customer(person), "I"))


def maker(rows: int = 300, seed: int = 3) -> ListMaker:
    return ListMaker(rows, seed, errors=0.05, until=LATEST)


def test_import_finds_exactly_the_announced_faults(customers, tmp_path):
    made, path = maker(), tmp_path / "list.csv"
    rows = list(made.made(sampled_customers(30, made.random), 0.1))
    generate_register.write(path, [tuple(row.get(each, "") for each in generate_register.WRITTEN) for row in rows])
    announced = made.tally.rows
    assert (len(rows), sum(announced.values())) == (300, 300)
    assert announced[ListedAs.WRONG]
    assert sum(announced[each] for each in (ListedAs.CUSTOMER, ListedAs.ACCOUNT, ListedAs.CARD)) == 3
    staged = stage_list(path, principal=people.caller_for(people.principal("maker", "compliance")))
    counts = counts_of(staged)
    assert counts[ListOutcome.REFUSED] == announced[ListedAs.WRONG]
    assert counts[ListOutcome.REVIEW] >= announced[ListedAs.UNKNOWN]
    assert counts[ListOutcome.NEW] + counts[ListOutcome.REVIEW] == 300 - announced[ListedAs.WRONG]
    assert touches_of(staged)[TouchKind.CUSTOMER] == 3


def test_the_same_seed_makes_the_same_list_in_a_sandbox_alone(customers, tmp_path, settings):
    def written(name: str, seed: int) -> Path:
        call_command("generate_register", rows=50, seed=seed, to=tmp_path / name, customers=0.1, stdout=StringIO())
        return tmp_path / name

    settings.SANDBOX = True
    first = written("a.csv", 1).read_bytes()
    assert first == written("b.csv", 1).read_bytes() != written("c.csv", 2).read_bytes()
    officer = people.caller_for(people.principal("maker", "compliance"))
    assert stage_list(written("d.xlsx", 1), principal=officer).read == 50
    for wrong in ("e.txt", "none/e.csv"):
        with pytest.raises(CommandError):
            written(wrong, 1)
    settings.SANDBOX = False
    with pytest.raises(CommandError, match="sandbox"):
        written("f.csv", 1)
