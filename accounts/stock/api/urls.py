"""Addresses of the API of stock imports."""

from django.urls import URLPattern, path

from accounts.stock.api import imports

urlpatterns: list[URLPattern] = [
    path("stock/imports", imports.StockImportsView.as_view()),
    path("stock/imports/<str:import_id>", imports.StockImportView.as_view()),
    path("stock/imports/<str:import_id>/rows", imports.StockRowsView.as_view()),
    path("stock/imports/<str:import_id>/submit", imports.StockSubmitView.as_view()),
]
