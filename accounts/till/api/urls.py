"""Addresses of the API of cash."""

from django.urls import URLPattern, path

from accounts.till.api import cash

urlpatterns: list[URLPattern] = [
    path("cash/deposits", cash.DepositsView.as_view()),
    path("cash/withdrawals", cash.WithdrawalsView.as_view()),
]
