from django.apps import AppConfig

from config.kernel.text import Text


class KernelConfig(AppConfig):
    """The bottom floor: what every other part stands on, and which stands on none of them."""

    name = "config.kernel"
    label = "kernel"
    verbose_name = Text("内核", "Kernel")

    def ready(self) -> None:
        from django.db.models.signals import post_migrate

        from config.kernel import checks  # noqa: F401 - registers the system checks
        from config.kernel.key_marks import mark_after_migrate

        post_migrate.connect(mark_after_migrate, sender=self, dispatch_uid="key-marks")
