"""The addresses of this app."""

from django.urls import URLPattern, path

from accounts.api import accounts, cards, close_outs, customers, eligibility, freezes, withdrawals
from accounts.cleanup.api import actions as cleanup_actions
from accounts.cleanup.api import cases as cleanup
from accounts.letters.api import letters
from accounts.stock.api import imports as stock
from accounts.till.api import cash

urlpatterns: list[URLPattern] = [
    path("customers", customers.CustomersView.as_view()),
    path("customers/lookup", customers.CustomerLookupView.as_view()),
    path("customers/<str:customer_id>", customers.CustomerView.as_view()),
    path("customers/<str:customer_id>/documents", customers.DocumentsView.as_view()),
    path("customers/<str:customer_id>/documents/renewals", customers.DocumentRenewalsView.as_view()),
    path("customers/<str:customer_id>/external-accounts", customers.ExternalAccountsView.as_view()),
    path(
        "customers/<str:customer_id>/documents/<str:document_id>/withdrawals",
        withdrawals.DocumentWithdrawalsView.as_view(),
    ),
    path(
        "customers/<str:customer_id>/external-accounts/<str:external_account_id>/withdrawals",
        withdrawals.ExternalAccountWithdrawalsView.as_view(),
    ),
    path("customers/<str:customer_id>/names", customers.NamesView.as_view()),
    path("customers/<str:customer_id>/reverifications", customers.ReverificationsView.as_view()),
    path("customers/<str:customer_id>/same-person", customers.SamePersonView.as_view()),
    path("customers/<str:customer_id>/eligibility", eligibility.EligibilityView.as_view()),
    path("customers/<str:customer_id>/letters", letters.CustomerLettersView.as_view()),
    path("letters/checks", letters.LetterChecksView.as_view()),
    path("letters/<str:letter_id>", letters.LetterView.as_view()),
    path("letters/<str:letter_id>/deliveries", letters.LetterDeliveriesView.as_view()),
    path("letters/<str:letter_id>/pdf", letters.LetterPdfView.as_view()),
    path("accounts", accounts.AccountsView.as_view()),
    path("accounts/lookup", accounts.AccountLookupView.as_view()),
    path("accounts/<str:account_id>", accounts.AccountView.as_view()),
    path("accounts/<str:account_id>/entries", accounts.EntriesView.as_view()),
    path("accounts/<str:account_id>/close", accounts.CloseView.as_view()),
    path("accounts/<str:account_id>/close-outs", close_outs.CloseOutsView.as_view()),
    path("accounts/<str:account_id>/downgrade", accounts.DowngradeView.as_view()),
    path("accounts/<str:account_id>/upgrade", accounts.UpgradeView.as_view()),
    path("accounts/<str:account_id>/freezes", freezes.FreezesView.as_view()),
    path("accounts/<str:account_id>/cards", cards.CardsView.as_view()),
    path("accounts/<str:account_id>/card-exceptions", cards.CardExceptionsView.as_view()),
    path("stock/imports", stock.StockImportsView.as_view()),
    path("stock/imports/<str:import_id>", stock.StockImportView.as_view()),
    path("stock/imports/<str:import_id>/rows", stock.StockRowsView.as_view()),
    path("stock/imports/<str:import_id>/submit", stock.StockSubmitView.as_view()),
    path("freezes/<str:freeze_id>/lift", freezes.LiftView.as_view()),
    path("cards/<str:card_id>/activate", cards.ActivateView.as_view()),
    path("cards/<str:card_id>/report-lost", cards.ReportLostView.as_view()),
    path("cards/<str:card_id>/replace", cards.ReplaceView.as_view()),
    path("cards/<str:card_id>/cancel", cards.CancelCardView.as_view()),
    path("cleanup/campaigns", cleanup.CampaignsView.as_view()),
    path("cleanup/campaigns/<str:campaign_id>", cleanup.CampaignView.as_view()),
    path("cleanup/campaigns/<str:campaign_id>/seal", cleanup.SealView.as_view()),
    path("cleanup/campaigns/<str:campaign_id>/return", cleanup.ReturnView.as_view()),
    path("cleanup/cases", cleanup.CasesView.as_view()),
    path("cleanup/cases/assign", cleanup.AssignView.as_view()),
    path("cleanup/cases/<str:case_id>", cleanup.CaseView.as_view()),
    path("cleanup/cases/<str:case_id>/actions", cleanup_actions.ActionsView.as_view()),
    path("cleanup/cases/<str:case_id>/actions/preview", cleanup_actions.ActionPreviewView.as_view()),
    path("cleanup/cases/<str:case_id>/contacts", cleanup.ContactsView.as_view()),
    path("cleanup/actions/<str:action_id>/undo", cleanup_actions.UndoView.as_view()),
    path("cash/deposits", cash.DepositsView.as_view()),
    path("cash/withdrawals", cash.WithdrawalsView.as_view()),
]
