"""What an import would bring, in words (试算说明)."""

from accounts.queries.stock.dry_run import DryRun
from accounts.vocabulary.cleanup import CleanupLimit
from accounts.vocabulary.stock import RowOutcome, SheetName
from config.kernel.text import text


def sheets_text(dry_run: DryRun) -> str:
    """Return how many rows of each sheet there are of each outcome."""
    return text("；", "; ").join(
        f"{SheetName.word(name)} "
        + text("、", ", ").join(
            f"{RowOutcome.word(of)} {count:,}" for of in RowOutcome if (count := getattr(each, of.value))
        )
        for name, each in dry_run.sheets.items()
        if each.rows
    )


def excess_text(dry_run: DryRun) -> str:
    """Return what exceeds the limits: stock that is older than its rule, and breaches of it."""
    return text("；", "; ").join(
        text("{}超限：存量{}，违规{}", "{} beyond the limit: stock {}, breaches {}").format(
            CleanupLimit.word(limit), each.stock, each.breaches
        )
        for limit, each in dry_run.excess.items()
    )
