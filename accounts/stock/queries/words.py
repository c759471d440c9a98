"""What an import would bring, in words (试算说明)."""

from accounts.stock.queries.dry_run import DryRun
from accounts.stock.vocabulary import RowOutcome
from accounts.vocabulary.limits import CleanupLimit
from config.kernel.law.money import yuan_text
from config.kernel.law.text import Text, text

_words: dict[str, Text] = {}


def name_sheet(name: str, word: Text) -> None:
    """Say what a sheet is called, when Django starts."""
    _words[name] = word


def sheet_word(name: str) -> str:
    """Return what a sheet is called in the reader's language now."""
    return str(_words.get(name, name))


def sheets_text(dry_run: DryRun) -> str:
    """Return how many rows of each sheet there are of each outcome."""
    return text("；", "; ").join(
        f"{sheet_word(name)} "
        + text("、", ", ").join(
            f"{RowOutcome.word(of)} {count:,}" for of in RowOutcome if (count := getattr(each, of.value))
        )
        for name, each in dry_run.sheets.items()
        if each.rows
    )


def amounts_text(dry_run: DryRun) -> str:
    """Return what the new rows of each sheet of amounts come to; balances are told apart."""
    return text("；", "; ").join(
        text("{} {}元", "{} {} yuan").format(sheet_word(name), yuan_text(fen)) for name, fen in dry_run.amounts.items()
    )


def excess_text(dry_run: DryRun) -> str:
    """Return what exceeds the limits: stock that is older than its rule, and breaches of it."""
    return text("；", "; ").join(
        text("{}超限：存量{}，违规{}", "{} beyond the limit: stock {}, breaches {}").format(
            CleanupLimit.word(limit), each.stock, each.breaches
        )
        for limit, each in dry_run.excess.items()
    )
