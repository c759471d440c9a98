"""What the version before keeps of second factors, their seeds in plain (动态口令种子)."""

from django.db.migrations.recorder import MigrationRecorder
from django.forms import model_to_dict
from django_otp.plugins.otp_totp.models import TOTPDevice

from config.kernel.models import SecondFactor
from config.kernel.transactions import owned

#: It sealed every second factor that there was.
MIGRATION = ("kernel", "0017_sealed_seeds")


def plain_seeds() -> list[str]:
    """Name the rows that hold a seed in plain."""
    ids = TOTPDevice.objects.order_by("pk").values_list("pk", flat=True)
    return [f"{TOTPDevice._meta.db_table} {row_id}" for row_id in ids]


def drop_plain_seeds() -> int:
    """Delete the rows with a seed in plain, and return how many a process of the version before had issued meanwhile.

    These are sealed first, each the only one of its person: who issues a second factor revokes those before.
    """
    kept = 0
    with owned():
        sealed_at = MigrationRecorder.Migration.objects.get(app=MIGRATION[0], name=MIGRATION[1]).applied
        for plain in TOTPDevice.objects.select_for_update().filter(created_at__gt=sealed_at).order_by("pk"):
            own = SecondFactor.objects.filter(user_id=plain.user_id)
            if not own.filter(created_at__gt=plain.created_at).exists():
                own.delete()
                told = model_to_dict(plain, exclude=["id", "user"])
                SecondFactor.objects.create(user_id=plain.user_id, **told)
                kept += 1
        TOTPDevice.objects.all().delete()
    return kept
