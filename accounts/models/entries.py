"""Entries of the ledger (double entry, append-only), and the sums of the bank's internal accounts."""

from django.db import models
from django.db.models import Q

from accounts.models.accounts import Account, InternalAccount
from accounts.vocabulary import EntryKind
from config.kernel.law.text import Text
from config.kernel.models import CodeField


class Entry(models.Model):
    """One leg of a posting (分录). Positive credits the account, negative debits it.

    A posting has two legs whose sum is zero. The posting of a transfer has the transfer's id, so it cannot be posted
    twice. Functions of the database owner write entries, and a trigger changes the balances by them.

    That trigger checks for all entries of a statement at once that both sides exist: a foreign key would check row by
    row, twice for each of thousands. An account is never deleted.
    """

    written_by_owner = (
        "accounts_post_aside_payment(uuid)",
        "accounts_post_cash(uuid)",
        "accounts_post_cash_reversal(uuid)",
        "accounts_post_close_out(uuid)",
        "accounts_post_merge(uuid)",
        "accounts_post_set_aside(uuid)",
        "accounts_post_stock(uuid)",
    )

    id = models.BigAutoField(primary_key=True, verbose_name=Text("编号", "Id"))
    posting_id = models.UUIDField(verbose_name=Text("记账编号", "Posting id"))
    leg = models.SmallIntegerField(verbose_name=Text("借贷序号", "Leg"))
    kind = CodeField(EntryKind, Text("种类", "Kind"), max_length=12)
    account = models.ForeignKey(
        Account, null=True, on_delete=models.PROTECT, related_name="entries", db_index=False, db_constraint=False
    )
    internal = models.ForeignKey(
        InternalAccount,
        null=True,
        on_delete=models.PROTECT,
        related_name="entries",
        db_index=False,
        db_constraint=False,
        verbose_name=Text("内部户", "Internal account"),
    )
    amount_fen = models.BigIntegerField(verbose_name=Text("金额（元）", "Amount (yuan)"))
    posted_at = models.DateTimeField(verbose_name=Text("入账时间", "Posted"))
    # Of a debit: whether the amount was reserved before.
    from_held = models.BooleanField(null=True, verbose_name=Text("出自预留", "From the held amount"))

    class Meta:
        verbose_name = Text("分录", "Ledger entry")
        verbose_name_plural = Text("分录", "Ledger entries")
        constraints = [
            models.UniqueConstraint(name="entry_posting_leg_once", fields=["posting_id", "leg"]),
            models.CheckConstraint(name="entry_leg_is_one_or_two", condition=Q(leg__in=[1, 2])),
            models.CheckConstraint(name="entry_kind_known", condition=Q(kind__in=EntryKind.values)),
            models.CheckConstraint(name="entry_moves_money", condition=~Q(amount_fen=0)),
            models.CheckConstraint(
                name="entry_has_one_side",
                condition=Q(account=None, internal__isnull=False) | Q(account__isnull=False, internal=None),
            ),
        ]
        indexes = [
            models.Index(
                name="entry_by_account",
                fields=["account", "-id"],
                include=["posted_at", "amount_fen"],
                condition=Q(account__isnull=False),
            ),
            models.Index(
                name="entry_by_internal",
                fields=["internal"],
                include=["amount_fen"],
                condition=Q(internal__isnull=False),
            ),
        ]

    def __str__(self) -> str:
        return f"{self.posting_id}/{self.leg}"


class InternalSum(models.Model):
    """A partial sum of the entries of one of the bank's internal accounts (内部户发生额); the sum of its rows is the balance.

    The trigger `accounts_entries_move_balances` adds a row with each statement that writes entries, in the same
    transaction, so no transaction waits for another's row. Once a minute they are folded into one row for each
    account. The proof compares them with the entries.
    """

    written_by_owner = ("accounts_fold_internal_sums(bigint)",)

    internal = models.ForeignKey(
        InternalAccount,
        on_delete=models.PROTECT,
        related_name="sums",
        db_constraint=False,
        verbose_name=Text("内部户", "Internal account"),
    )
    amount_fen = models.BigIntegerField(verbose_name=Text("金额（元）", "Amount (yuan)"))

    class Meta:
        verbose_name = Text("内部户发生额", "Sum of an internal account's entries")
        verbose_name_plural = Text("内部户发生额", "Sums of internal accounts' entries")
