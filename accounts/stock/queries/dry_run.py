"""The dry run of an import (试算): counted after the checks, stored with the import, and shown in words."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any
from uuid import UUID

from accounts.stock.models import StockFile, StockImport
from accounts.stock.queries.places import ACCOUNTS_COUNTED, CARDS_COUNTED, place_params
from accounts.stock.vocabulary import RowOutcome
from accounts.vocabulary.limits import CleanupLimit
from config.kernel.database.sql import rows
from config.kernel.law.money import Fen, yuan_text
from config.kernel.law.text import Text, text

_OUTCOMES = """
SELECT count(*) FILTER (WHERE known_id IS NOT NULL) AS known,
       count(*) FILTER (WHERE outcome = 'review' AND known_id IS NULL) AS review,
       count(*) FILTER (WHERE outcome IS NULL AND known_id IS NULL) AS fresh
FROM {table} WHERE import_id = %s AND outcome IS DISTINCT FROM 'refused'
"""
_BALANCES = """
SELECT coalesce(sum(balance_fen), 0)::bigint AS fen FROM accounts_stagedaccount
WHERE import_id = %s AND outcome IS DISTINCT FROM 'refused' AND known_id IS NULL
"""
_AMOUNT = """
SELECT coalesce(sum({column}), 0)::bigint AS fen FROM {table}
WHERE import_id = %s AND outcome IS DISTINCT FROM 'refused' AND known_id IS NULL
"""
_ACCOUNT_EXCESS = f"""
WITH {ACCOUNTS_COUNTED}
SELECT beyond AS excess_of, count(*) FILTER (WHERE breach_id IS NULL) AS stock, count(breach_id) AS breaches
FROM placed WHERE most IS NOT NULL AND slot IS NULL GROUP BY 1
"""  # noqa: S608 - constants
_CARD_EXCESS = f"""
WITH {CARDS_COUNTED}
SELECT 'cards' AS excess_of, count(*) FILTER (WHERE breach_id IS NULL) AS stock, count(breach_id) AS breaches
FROM placed WHERE most IS NOT NULL AND slot IS NULL HAVING count(*) > 0
"""  # noqa: S608 - constants


@dataclass(frozen=True, slots=True)
class SheetCounts:
    """Counts of rows of a sheet by outcome.

    :ivar rows: all rows of the file.
    """

    rows: int = 0
    new: int = 0
    review: int = 0
    known: int = 0
    refused: int = 0


@dataclass(frozen=True, slots=True)
class Excess:
    """Number of accounts or cards that would exceed a limit after an import.

    :ivar stock: older than the rule.
    :ivar breaches: younger than the rule, so listed as breaches.
    """

    stock: int = 0
    breaches: int = 0


@dataclass(frozen=True, slots=True)
class DryRun:
    """What an import would bring.

    :ivar balance_fen: the total of the new accounts.
    :ivar excess: by limit; a limit without excess is left out.
    :ivar amounts: the sums of the new rows, by sheet; balances are counted separately.
    """

    sheets: Mapping[str, SheetCounts] = field(default_factory=dict)
    balance_fen: Fen = 0
    excess: Mapping[CleanupLimit, Excess] = field(default_factory=dict)
    amounts: Mapping[str, Fen] = field(default_factory=dict)

    @property
    def new(self) -> int:
        """Return the number of rows that would be written, rows to review included."""
        return sum(each.new + each.review for each in self.sheets.values())

    @property
    def refused(self) -> int:
        """Return the number of refused rows."""
        return sum(each.refused for each in self.sheets.values())

    def record(self) -> dict[str, Any]:
        """Return it as it is stored."""
        return {
            "sheets": {
                name: {"rows": each.rows, **{of.value: getattr(each, of.value) for of in RowOutcome}}
                for name, each in self.sheets.items()
            },
            "balance_fen": self.balance_fen,
            "excess": {limit.value: [each.stock, each.breaches] for limit, each in self.excess.items()},
            "amounts": dict(self.amounts),
        }


def dry_run_of(row: StockImport) -> DryRun:
    """Return what an import would bring, as counted at its check; empty before."""
    kept = row.summary
    return DryRun(
        {name: SheetCounts(**counts) for name, counts in kept.get("sheets", {}).items()},
        kept.get("balance_fen", 0),
        {CleanupLimit(name): Excess(*counts) for name, counts in kept.get("excess", {}).items()},
        kept.get("amounts", {}),
    )


def count_dry_run(import_id: UUID, tables: Mapping[str, str], amounts: Mapping[str, str]) -> DryRun:
    """Count what an import would bring from its staged rows.

    :param tables: the staging table of each sheet.
    :param amounts: the column to be summed, for sheets that have one.
    """
    done = dict(StockFile.objects.filter(stock_import_id=import_id).values_list("sheet", "done"))
    counts = {}
    for name, table in tables.items():
        if name not in done:
            continue
        found = rows(_OUTCOMES.format(table=table), [import_id])[0]
        kept = found["fresh"] + found["review"] + found["known"]
        counts[name] = SheetCounts(done[name], found["fresh"], found["review"], found["known"], done[name] - kept)
    params = place_params(import_id)
    excess = rows(_ACCOUNT_EXCESS, params) + rows(_CARD_EXCESS, params)
    return DryRun(
        counts,
        int(rows(_BALANCES, [import_id])[0]["fen"]),
        {CleanupLimit(each["excess_of"]): Excess(each["stock"], each["breaches"]) for each in excess},
        {
            name: int(rows(_AMOUNT.format(column=column, table=tables[name]), [import_id])[0]["fen"])
            for name, column in amounts.items()
            if name in counts
        },
    )


_words: dict[str, Text] = {}
_columns: dict[str, Mapping[str, Text]] = {}
_tables: list[str] = ["accounts_stockfault"]


def name_sheet(name: str, word: Text, table: str, columns: Mapping[str, Text]) -> None:
    """Register the words of a sheet and its columns, and its staging table, when Django starts."""
    _words[name], _columns[name] = word, columns
    _tables.append(table)


def staging_tables() -> list[str]:
    """Return the staging tables of an import."""
    return _tables


def sheet_word(name: str) -> str:
    """Return the name of a sheet in the reader's language."""
    return str(_words.get(name, name))


def column_words(name: str) -> Mapping[str, Text]:
    """Return the words of a sheet's columns on screens, by code."""
    return _columns[name]


def sheets_text(dry_run: DryRun) -> str:
    """Return in words the number of rows of each sheet by outcome."""
    return text("；", "; ").join(
        f"{sheet_word(name)} "
        + text("、", ", ").join(
            f"{RowOutcome.word(of)} {count:,}" for of in RowOutcome if (count := getattr(each, of.value))
        )
        for name, each in dry_run.sheets.items()
        if each.rows
    )


def amounts_text(dry_run: DryRun) -> str:
    """Return in words the sums of the new rows of each sheet with amounts; balances are stated separately."""
    return text("；", "; ").join(
        text("{} {}元", "{} {} yuan").format(sheet_word(name), yuan_text(fen)) for name, fen in dry_run.amounts.items()
    )


def excess_text(dry_run: DryRun) -> str:
    """Return in words what would exceed the limits: stock older than the rule, and breaches of it."""
    return text("；", "; ").join(
        text("{}超限：存量{}，违规{}", "{} beyond the limit: stock {}, breaches {}").format(
            CleanupLimit.word(limit), each.stock, each.breaches
        )
        for limit, each in dry_run.excess.items()
    )
