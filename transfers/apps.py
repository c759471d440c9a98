from django.apps import AppConfig


class TransfersConfig(AppConfig):
    """Transfers: accepted, held, released once."""

    name = "transfers"
