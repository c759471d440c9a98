"""The way out for the money in a penalized holder's payment account: proposed here, and its slip (余额转出)."""

from uuid import UUID

from django.http import Http404, HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.cache import never_cache

from accounts.desk.account import about_account, account_address, shown_or_404
from accounts.desk.act_pages import ActPage, act_page
from accounts.desk.forms import CloseOutForm
from accounts.models import CloseOut
from accounts.operations.close_outs import ask_close_out
from accounts.queries.accounts import AccountShown, find_close_out, open_bank_accounts, show_account, waiting_close_outs
from accounts.queries.subject_lines import subject_line
from accounts.vocabulary import account_text
from blacklist.queries import with_certificates
from config.frames.desk.access import desk_page
from config.frames.desk.drafts import typed
from config.frames.desk.requests import DeskRequest
from config.kernel.access.permissions import Permission
from config.kernel.database.clock import bank_now
from config.kernel.database.ids import read_id
from config.kernel.identity.masking import mask_account
from config.kernel.law.money import yuan_text
from config.kernel.law.text import text


@never_cache
@desk_page(Permission.CLOSE_OUT)
def close_out_new(request: DeskRequest, account_id: UUID) -> HttpResponse:
    """Propose that the whole balance go to the holder's own bank account (申请余额转出)."""
    shown = shown_or_404(account_id)
    choices = [
        (str(each.id), f"{mask_account(each.account_number)} · {account_text(each.kind, each.account_class)}")
        for each in open_bank_accounts(shown.account.customer_id)
    ]
    form = CloseOutForm(**typed(request), choices=choices)

    def work() -> CloseOut:
        to = read_id(form.cleaned_data["to"])
        row, _ = ask_close_out(principal=request.caller, account_id=account_id, to_account_id=to or account_id)
        return row

    act = ActPage(
        title=text("支付账户余额转出", "Move out the balance"),
        button=text("提交复核", "Submit for approval"),
        explained=_explained(shown, choices=bool(choices)),
        form=form,
        work=work,
        back=account_address(account_id),
        then=lambda row: redirect("desk:close-out", row.id),
    )
    return act_page(request, act, about_account(shown) | {"waiting": waiting_close_outs(account_id)})


@never_cache
@desk_page(Permission.VIEW_ACCOUNT)
def close_out(request: DeskRequest, close_out_id: UUID) -> HttpResponse:
    """Show where a balance goes, where that stands, and the slip once it has gone (余额转出凭证)."""
    row = find_close_out(close_out_id)
    if row is None:
        raise Http404
    shown = show_account(row.account_id)
    context = {
        "row": row,
        "subject": subject_line(row.account.customer_id),
        "still": with_certificates(shown.restrictions) if shown else (),
        "freezes": shown.freezes if shown else (),
        "waiting": [row.id],
        "at": bank_now(),
    }
    return render(request, "accounts/desk/close_out.html", context)


def _explained(shown: AccountShown, *, choices: bool) -> str:
    amount = yuan_text(shown.account.balance_fen)
    if not choices:
        return text(
            f"该客户没有可转入的银行账户。请先为其开立银行账户，再转出余额 {amount} 元。",
            f"The customer has no bank account to receive the balance of {amount} yuan. Open a bank account first.",
        )
    return text(
        f"复核通过时，全部余额 {amount} 元一次转入所选的本人银行账户；提交时不动账。"
        "其间余额、限制或账户有变的，须重新提交。转出不解除惩戒，该支付账户的业务仍然停止。",
        f"On approval the whole balance of {amount} yuan goes to the chosen bank account of the same customer; nothing "
        "moves on submission. If the balance, the restrictions or the accounts change meanwhile, submit again. The "
        "penalty does not end with it, and the business of this payment account stays stopped.",
    )
