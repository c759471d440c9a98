"""URL addresses of the desk pages of transfers."""

from django.urls import URLPattern, path

from accounts.desk import act_codes
from transfers.desk import board, delays, detail, endings, entry, history, listing, statement, suspicions
from transfers.desk.act_codes import ACT_CODES

act_codes.register(*ACT_CODES)
urlpatterns: list[URLPattern] = [
    path("transfers/new", entry.new, name="transfer-new"),
    path("transfers/new/payer", entry.payer, name="transfer-payer"),
    path("transfers/new/preview", entry.preview, name="transfer-preview"),
    path("transfers", listing.listing, name="transfer-list"),
    path("transfers/views", listing.view_save, name="transfer-view-save"),
    path("transfers/views/forget", listing.view_forget, name="transfer-view-forget"),
    path("banks", entry.banks, name="bank-search"),
    path("transfers/held", board.board, name="transfer-board"),
    path("transfers/held/rows", board.board_rows, name="transfer-board-rows"),
    path("transfers/<uuid:transfer_id>", detail.detail, name="transfer"),
    path("transfers/<uuid:transfer_id>/slip", detail.slip, name="transfer-slip"),
    path("transfers/<uuid:transfer_id>/slip/print", detail.slip_print, name="transfer-slip-print"),
    path("transfers/<uuid:transfer_id>/cancel", endings.cancel, name="transfer-cancel"),
    path("transfers/<uuid:transfer_id>/return", endings.parked_return, name="transfer-return"),
    path("transfers/<uuid:transfer_id>/delay", delays.delay, name="transfer-delay"),
    path("customers/<uuid:customer_id>/held", board.customer_held, name="customer-held"),
    path("customers/<uuid:customer_id>/transfers", history.customer_transfers, name="customer-transfers"),
    path("customers/<uuid:customer_id>/suspicions", suspicions.customer_suspicions, name="customer-suspicions"),
    path("suspicions", suspicions.listing, name="suspicions"),
    path("suspicions/new", suspicions.new, name="suspicion-new"),
    path("accounts/<uuid:account_id>/transfers", history.account_transfers, name="account-transfers"),
    path("accounts/<uuid:account_id>/statement", statement.statement, name="statement"),
]
