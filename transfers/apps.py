from django.apps import AppConfig

from config.kernel.text import Text


class TransfersConfig(AppConfig):
    """Transfers: accepted, held, released once."""

    name = "transfers"
    verbose_name = Text("转账", "Transfers")
