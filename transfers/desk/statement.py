"""The statement of an account (账户明细、对账单): its entries in a period, on the screen in pages, and printed as a PDF.

The other party of an entry is masked, on the paper, too: the statement belongs to the holder of the account.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from django.http import HttpResponse
from django.urls import reverse
from django.utils.http import urlencode

from accounts.desk.account import about_account, shown_or_404
from accounts.operations.unmasking import print_statement
from accounts.queries.banks import names_of
from accounts.queries.statement import AccountStatement, StatementEntry, statement_of
from accounts.queries.transfer_sides import account_sides
from accounts.vocabulary import EntryKind, account_text
from config.frames.desk.access import desk_page, forbidden
from config.frames.desk.fields import DayField, DeskForm
from config.frames.desk.pages import problem_page
from config.frames.desk.problems import form_problem
from config.frames.desk.requests import DeskRequest
from config.frames.desk.templatetags.desk import moment
from config.kernel.access.permissions import Permission, may
from config.kernel.database.clock import bank_now
from config.kernel.database.ids import reference_text
from config.kernel.database.transactions import perform
from config.kernel.law.dates import add_months, day_end, shanghai_day, start_of_day
from config.kernel.law.money import Fen, yuan_text
from config.kernel.law.text import Text, text
from config.kernel.trail import budgets
from config.kernel.trail.unmasking import LookReason
from config.kernel.vault.masked import masked
from transfers.queries.transfers import payees_elsewhere

PAGE = 50
#: Entries of a printed statement at most; a longer one is printed in parts.
PRINTED_MAX = 1000


class PeriodForm(DeskForm):
    """The period of a statement, both days included; by default a month until today."""

    first_day = DayField(label=Text("起日", "From"))
    last_day = DayField(label=Text("止日", "To"))

    def __init__(self, typed: dict[str, Any], at: datetime) -> None:
        self.today = shanghai_day(at)
        default = {"first_day": add_months(self.today, -1).isoformat(), "last_day": self.today.isoformat()}
        super().__init__(default | {name: typed[name] for name in default if name in typed})

    def clean(self) -> dict[str, Any]:
        data: dict[str, Any] = super().clean() or {}
        first, last = data.get("first_day"), data.get("last_day")
        if first and last and first > last:
            self.add_error("first_day", str(Text("起日不得晚于止日。", "It begins after it ends.")))
        if last and last > self.today:
            self.add_error("last_day", str(Text("止日不得晚于今日。", "It ends after today.")))
        return data

    def period(self) -> tuple[datetime, datetime]:
        """Return the instant at which the period begins and the one before which it ends."""
        return start_of_day(self.cleaned_data["first_day"]), day_end(self.cleaned_data["last_day"])


@dataclass(frozen=True, slots=True)
class StatementLine:
    """An entry as a line of a statement.

    :ivar name: the other party, masked, or the bank's own side in words.
    :ivar transfer_id: of the transfer that it posts; None for others.
    """

    at: datetime
    kind: str
    name: str
    account_number: str
    bank: str
    amount_fen: Fen
    balance_fen: Fen
    reference: str
    transfer_id: UUID | None

    @property
    def debit(self) -> str:
        """Return the amount if it is a debit."""
        return yuan_text(-self.amount_fen) if self.amount_fen < 0 else ""

    @property
    def credit(self) -> str:
        """Return the amount if it is a credit."""
        return yuan_text(self.amount_fen) if self.amount_fen > 0 else ""


@desk_page(Permission.VIEW_ACCOUNT)
def statement(request: DeskRequest, account_id: UUID) -> HttpResponse:
    """Show the statement of an account; a sent form prints it as a PDF."""
    at, shown, printing = bank_now(), shown_or_404(account_id), request.method == "POST"
    if printing and not may(request.caller, Permission.PRINT_SLIP):
        return forbidden(request)
    form = PeriodForm((request.POST if printing else request.GET).dict(), at)
    found = None
    if form.is_valid():
        after = "" if printing else request.GET.get("after", "")
        number = int(after) if after.isascii() and after.isdigit() and len(after) < 19 else 0
        found = statement_of(account_id, *form.period(), after=number, limit=PRINTED_MAX if printing else PAGE)
        if printing and found.after is not None:
            form.add_error("first_day", str(_TOO_LONG))
        elif printing:
            return _print(request, account_id, form, found, at)
    period = {name: str(form.data[name]) for name in form.fields}
    context = about_account(shown) | {
        "masked": True,
        "form": form,
        "found": found,
        "lines": lines_of(found.entries) if found else [],
        "totals": totals_of(found) if found else [],
        "period": period.items(),
        "transfers_shown": may(request.caller, Permission.VIEW_TRANSFER),
        "prints": may(request.caller, Permission.PRINT_SLIP),
        "paged": bool(request.GET.get("after")),
        "first_query": urlencode(period),
        "next_query": urlencode(period | {"after": found.after}) if found and found.after is not None else "",
        "action": reverse("desk:statement", args=[account_id]),
    }
    return problem_page(request, "transfers/desk/statement.html", context, form_problem(form))


def _print(
    request: DeskRequest, account_id: UUID, form: PeriodForm, found: AccountStatement, at: datetime
) -> HttpResponse:
    """Return the statement as a PDF with the holder's name and the whole account number, and record it."""
    # ReportLab is imported only when a PDF is made.
    from transfers.desk.statement_paper import statement_paper

    budgets.request_unmasking(request, reason=LookReason.STATEMENT.value, account_id=account_id)
    side = perform(lambda: print_statement(principal=request.caller, account_id=account_id))
    first, last = (form.cleaned_data[name].isoformat() for name in ("first_day", "last_day"))
    head = [
        (text("户名", "Holder"), side.holder_name),
        (text("账号", "Account"), side.account_number),
        (text("账户种类", "Kind of account"), str(account_text(side.kind, side.account_class))),
        (text("期间", "Period"), text(f"{first} 至 {last}", f"{first} to {last}")),
        *totals_of(found),
        (text("打印", "Printed"), f"{moment(at)} {request.caller.name}"),
    ]
    file = statement_paper(head, lines_of(found.entries))
    answer = HttpResponse(file, content_type="application/pdf")
    answer["Content-Disposition"] = f'attachment; filename="statement-{first}-{last}.pdf"'
    return answer


def totals_of(found: AccountStatement) -> list[tuple[str, str]]:
    """Return the balances and the sums of a statement with their words."""
    return [
        (text("期初余额", "Opening balance"), yuan_text(found.opening_fen)),
        (text(f"支出 {found.debits} 笔", f"Debits ({found.debits})"), yuan_text(found.debit_fen)),
        (text(f"收入 {found.credits} 笔", f"Credits ({found.credits})"), yuan_text(found.credit_fen)),
        (text("期末余额", "Closing balance"), yuan_text(found.closing_fen)),
    ]


def lines_of(entries: Sequence[StatementEntry]) -> list[StatementLine]:
    """Return entries as lines of a statement, in three queries whatever their number."""
    sides = account_sides(each.other_account_id for each in entries)
    outgoing = [each.posting_id for each in entries if each.kind == EntryKind.TRANSFER and not each.other_account_id]
    payees = payees_elsewhere(outgoing)
    banks = names_of({each.bank_code for each in entries if each.bank_code})
    lines = []
    for each in entries:
        side = sides.get(each.other_account_id) if each.other_account_id else None
        payee = payees.get(each.posting_id)
        lines.append(
            StatementLine(
                at=each.posted_at,
                kind=EntryKind.word(each.kind),
                name=side.masked_name if side else masked(payee, "payee_name") if payee else "",
                account_number=side.masked_number if side else masked(payee, "payee_sealed") if payee else "",
                bank=banks.get(each.bank_code, each.bank_code),
                amount_fen=each.amount_fen,
                balance_fen=each.balance_fen,
                reference=reference_text(each.posting_id),
                transfer_id=each.posting_id if each.kind == EntryKind.TRANSFER else None,
            )
        )
    return lines


_TOO_LONG = Text(
    f"该期间超过 {PRINTED_MAX:,} 笔，请缩短期间，分次打印。",
    f"The period has more than {PRINTED_MAX:,} entries. Print it in parts.",
)
