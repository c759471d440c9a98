"""Addresses of the desk pages of the till; they contain ids, never a number or a name."""

from django.urls import URLPattern, path

from accounts.till.desk import boxes, cash

urlpatterns: list[URLPattern] = [
    path("accounts/<uuid:account_id>/cash", cash.cash, name="cash"),
    path("cash/boxes", boxes.cash_boxes, name="cash-boxes"),
    path("cash/boxes/open", boxes.cash_box_open, name="cash-box-open"),
    path("cash/boxes/<uuid:box_id>", boxes.cash_box, name="cash-box"),
    path("cash/boxes/<uuid:box_id>/count", boxes.cash_count, name="cash-count"),
    path("cash/<uuid:record_id>", cash.record, name="cash-record"),
    path("cash/<uuid:record_id>/print", cash.slip_print, name="cash-print"),
    path("cash/<uuid:record_id>/reverse", cash.reverse_cash, name="cash-reverse"),
]
