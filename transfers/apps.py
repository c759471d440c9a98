from django.apps import AppConfig

from config.kernel.words import say


class TransfersConfig(AppConfig):
    """Transfers: accepted, held, released once."""

    name = "transfers"
    verbose_name = say("转账", "Transfers")
