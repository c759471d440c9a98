from django.apps import AppConfig

from config.kernel.text import Text


class TransfersConfig(AppConfig):
    """Transfers: accepted, held, released once."""

    name = "transfers"
    verbose_name = Text("转账", "Transfers")

    def ready(self) -> None:
        from transfers.evidence import register_evidence

        register_evidence()
