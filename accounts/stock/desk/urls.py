"""Addresses of the desk pages of stock imports; they contain ids, never a number or a name."""

from django.urls import URLPattern, path

from accounts.stock.desk import imports

urlpatterns: list[URLPattern] = [
    path("stock/imports", imports.stock_imports, name="stock-imports"),
    path("stock/imports/new", imports.stock_import_new, name="stock-import-new"),
    path("stock/imports/template", imports.stock_template, name="stock-template"),
    path("stock/imports/<uuid:import_id>", imports.stock_import, name="stock-import"),
    path("stock/imports/<uuid:import_id>/submit", imports.stock_import_submit, name="stock-import-submit"),
    path("stock/imports/<uuid:import_id>/rows", imports.stock_import_faults, name="stock-import-faults"),
]
