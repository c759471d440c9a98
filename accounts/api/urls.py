"""Addresses of the API of accounts."""

from itertools import chain

from django.urls import URLPattern, path

from accounts.api import accounts, cards, close_outs, customers
from config.kernel.wings import of_wings

urlpatterns: list[URLPattern] = [
    path("customers", customers.CustomersView.as_view()),
    path("customers/lookup", customers.CustomerLookupView.as_view()),
    path("customers/<str:customer_id>", customers.CustomerView.as_view()),
    path("customers/<str:customer_id>/documents", customers.DocumentsView.as_view()),
    path("customers/<str:customer_id>/documents/renewals", customers.DocumentRenewalsView.as_view()),
    path("customers/<str:customer_id>/external-accounts", customers.ExternalAccountsView.as_view()),
    path(
        "customers/<str:customer_id>/documents/<str:document_id>/withdrawals",
        customers.DocumentWithdrawalsView.as_view(),
    ),
    path(
        "customers/<str:customer_id>/external-accounts/<str:external_account_id>/withdrawals",
        customers.ExternalAccountWithdrawalsView.as_view(),
    ),
    path("customers/<str:customer_id>/names", customers.NamesView.as_view()),
    path("customers/<str:customer_id>/reverifications", customers.ReverificationsView.as_view()),
    path("customers/<str:customer_id>/same-person", customers.SamePersonView.as_view()),
    path("customers/<str:customer_id>/eligibility", customers.EligibilityView.as_view()),
    path("accounts", accounts.AccountsView.as_view()),
    path("accounts/lookup", accounts.AccountLookupView.as_view()),
    path("accounts/<str:account_id>", accounts.AccountView.as_view()),
    path("accounts/<str:account_id>/entries", accounts.EntriesView.as_view()),
    path("accounts/<str:account_id>/close", accounts.CloseView.as_view()),
    path("accounts/<str:account_id>/close-outs", close_outs.CloseOutsView.as_view()),
    path("accounts/<str:account_id>/impostor-declarations", accounts.ImpostorDeclarationsView.as_view()),
    path("accounts/<str:account_id>/downgrade", accounts.DowngradeView.as_view()),
    path("accounts/<str:account_id>/upgrade", accounts.UpgradeView.as_view()),
    path("accounts/<str:account_id>/freezes", accounts.FreezesView.as_view()),
    path("accounts/<str:account_id>/cards", cards.CardsView.as_view()),
    path("accounts/<str:account_id>/card-exceptions", cards.CardExceptionsView.as_view()),
    path("freezes/<str:freeze_id>/lift", accounts.LiftView.as_view()),
    path("cards/<str:card_id>/activate", cards.ActivateView.as_view()),
    path("cards/<str:card_id>/report-lost", cards.ReportLostView.as_view()),
    path("cards/<str:card_id>/replace", cards.ReplaceView.as_view()),
    path("cards/<str:card_id>/cancel", cards.CancelCardView.as_view()),
    *chain.from_iterable(of_wings("accounts", "api.urls", "urlpatterns")),
]
