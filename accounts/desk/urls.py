"""Addresses of the desk pages of this app: ids only, never a number or a name."""

from django.urls import URLPattern, path

from accounts.desk import (
    account,
    account_acts,
    card_acts,
    close_outs,
    customer,
    freezes,
    opened,
    opening,
    proposals,
    renewals,
    search,
)

urlpatterns: list[URLPattern] = [
    path("customers", search.search, name="customer-search"),
    path("customers/open", opening.customer_open, name="customer-open"),
    path("customers/open/rules", opening.opening_rules, name="opening-rules"),
    path("customers/open-organization", opening.organization_open, name="organization-open"),
    path("customers/open-organization/rules", opening.opening_rules, {"organization": True}, name="organization-rules"),
    path("customers/<uuid:customer_id>", customer.customer, name="customer"),
    path("customers/<uuid:customer_id>/timeline", customer.customer_timeline, name="customer-timeline"),
    path("customers/<uuid:customer_id>/masked", customer.customer_masked, name="customer-masked"),
    path("customers/<uuid:customer_id>/unmask", customer.customer_unmask, name="customer-unmask"),
    path("customers/<uuid:customer_id>/open", opening.account_open, name="account-open"),
    path("customers/<uuid:customer_id>/open/rules", opening.opening_rules, name="opening-rules-for"),
    path("customers/<uuid:customer_id>/documents/new", proposals.document_new, name="document-new"),
    path("customers/<uuid:customer_id>/documents/renew", renewals.document_renew, name="document-renew"),
    path(
        "customers/<uuid:customer_id>/external-accounts/new",
        proposals.external_account_new,
        name="external-account-new",
    ),
    path("customers/<uuid:customer_id>/reverify", proposals.reverify, name="reverify"),
    path("accounts/<uuid:account_id>", account.account, name="account"),
    path("accounts/<uuid:account_id>/opened", opened.account_opened, name="account-opened"),
    path("accounts/<uuid:account_id>/opening-form", opened.opening_form, name="opening-form"),
    path("accounts/<uuid:account_id>/cash", account_acts.cash, name="cash"),
    path("accounts/<uuid:account_id>/cards/new", account_acts.card_new, name="card-new"),
    path("accounts/<uuid:account_id>/card-exceptions/new", account_acts.card_exception, name="card-exception-new"),
    path("accounts/<uuid:account_id>/class", account_acts.account_class, name="account-class"),
    path("accounts/<uuid:account_id>/close", account_acts.account_close, name="account-close"),
    path("accounts/<uuid:account_id>/close-out", close_outs.close_out_new, name="close-out-new"),
    path("close-outs/<uuid:close_out_id>", close_outs.close_out, name="close-out"),
    path("accounts/<uuid:account_id>/freezes/new", freezes.freeze_new, name="freeze-new"),
    path("cards/<uuid:card_id>/<slug:act>", card_acts.card_act, name="card-act"),
    path("freezes", freezes.freezes, name="freezes"),
    path("freezes/<uuid:freeze_id>/lift", freezes.freeze_lift, name="freeze-lift"),
    path("amount-in-words", account_acts.amount_in_words, name="amount-in-words"),
]
