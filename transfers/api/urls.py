"""URL addresses of the API of transfers."""

from django.urls import URLPattern, path

from transfers.api import batches, delays, sandbox, suspicions, transfers

urlpatterns: list[URLPattern] = [
    path("transfers", transfers.TransfersView.as_view()),
    path("transfers/preview", transfers.PreviewView.as_view()),
    path("transfers/batch", batches.BatchView.as_view()),
    path("transfers/<str:transfer_id>", transfers.TransferView.as_view()),
    path("transfers/<str:transfer_id>/cancel", transfers.CancelTransferView.as_view()),
    path("transfers/<str:transfer_id>/delays", delays.DelaysView.as_view()),
    path("transfers/<str:transfer_id>/events", transfers.EventsView.as_view()),
    path("punctuality", transfers.PunctualityView.as_view()),
    path("payee-inquiries", transfers.InquiryView.as_view()),
    path("suspicions", suspicions.SuspicionsView.as_view()),
    path("sandbox/clock", sandbox.ClockView.as_view()),
    path("sandbox/clock/advance", sandbox.AdvanceView.as_view()),
]
