"""An amount that is being typed, in Chinese capitals (人民币大写)."""

from django.http import HttpResponse
from django.shortcuts import render

from config.frames.desk.access import desk_page
from config.frames.desk.fields import DeskForm, YuanField
from config.frames.desk.requests import DeskRequest
from config.kernel.access.permissions import Permission


class AmountForm(DeskForm):
    """One amount."""

    amount = YuanField()


@desk_page(Permission.MOVE_CASH, part=True)
def amount_in_words(request: DeskRequest) -> HttpResponse:
    """Return an amount in Chinese capitals (人民币大写) while it is typed, or what is wrong with it."""
    form = AmountForm(request.GET)
    amount_fen = form.cleaned_data["amount"] if form.is_valid() else None
    wrong = form.errors.get("amount", [""])[0] if request.GET.get("amount") else ""
    return render(request, "accounts/desk/capitals.html", {"amount_fen": amount_fen, "wrong": wrong})
