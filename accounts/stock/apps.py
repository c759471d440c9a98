from django.apps import AppConfig


class StockConfig(AppConfig):
    """The import of another system's stock."""

    name = "accounts.stock"

    def ready(self) -> None:
        from accounts.stock.operations import SHEETS, register

        register(*SHEETS)
