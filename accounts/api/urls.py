"""The addresses of this app."""

from django.urls import URLPattern, path

from accounts.api import cash

urlpatterns: list[URLPattern] = [
    path("cash/deposits", cash.DepositsView.as_view()),
    path("cash/withdrawals", cash.WithdrawalsView.as_view()),
]
