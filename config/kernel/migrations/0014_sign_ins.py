import django.db.models.deletion
from django.conf import settings
from django.db import migrations, models
from django.db.models import Q
from django.db.models.functions import Now

from config.kernel.ids import new_id
from config.kernel.migration_ops import AppendOnly, Kept, Stands

ENDS = ["signed_out", "replaced", "elsewhere", "idle", "hours"]
TABLE = """
CREATE TABLE IF NOT EXISTS kernel_signin (
    id uuid PRIMARY KEY,
    user_id integer NOT NULL CONSTRAINT sign_in_user_exists
        REFERENCES auth_user (id) DEFERRABLE INITIALLY DEFERRED,
    at timestamptz NOT NULL DEFAULT statement_timestamp(),
    address inet,
    browser varchar(200) NOT NULL,
    ended_at timestamptz,
    "end" varchar(16) NOT NULL,
    CONSTRAINT sign_in_end_is_whole CHECK (
        (ended_at IS NULL AND "end" = '')
        OR (ended_at IS NOT NULL AND "end" IN ('signed_out', 'replaced', 'elsewhere', 'idle', 'hours'))
    )
);
CREATE INDEX IF NOT EXISTS sign_in_open ON kernel_signin (user_id) WHERE ended_at IS NULL
"""
#: Who signed in is evidence: the way back leaves it, and the way forward finds it again.
BACK = """
DO $$ BEGIN
  IF NOT EXISTS (SELECT FROM kernel_signin) THEN DROP TABLE kernel_signin; END IF;
END $$
"""


class Migration(migrations.Migration):
    """Who signed in, failed to, or administered is kept for good; of a sign-in its end alone is added, once.

    How often a name failed lately (`axes_accessattempt`) is a count, which goes back to nothing.
    """

    dependencies = [
        ("kernel", "0013_approval_people"),
        ("admin", "0003_logentry_add_action_flag_choices"),
        ("axes", "0009_add_session_hash"),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        AppendOnly("django_admin_log"),
        AppendOnly("axes_accessfailurelog"),
        Kept("axes_accesslog"),
        Stands(
            "axes_accesslog",
            ("username", "ip_address", "user_agent", "http_accept", "path_info", "attempt_time", "session_hash"),
            settled="OLD.logout_time IS NOT NULL",
        ),
        migrations.SeparateDatabaseAndState(
            database_operations=[migrations.RunSQL(TABLE, BACK)],
            state_operations=[
                migrations.CreateModel(
                    name="SignIn",
                    fields=[
                        ("id", models.UUIDField(default=new_id, editable=False, primary_key=True, serialize=False)),
                        ("at", models.DateTimeField(db_default=Now())),
                        ("address", models.GenericIPAddressField(null=True)),
                        ("browser", models.CharField(blank=True, max_length=200)),
                        ("ended_at", models.DateTimeField(null=True)),
                        ("end", models.CharField(blank=True, max_length=16)),
                        (
                            "user",
                            models.ForeignKey(
                                db_index=False,
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="+",
                                to=settings.AUTH_USER_MODEL,
                            ),
                        ),
                    ],
                    options={
                        "indexes": [models.Index(name="sign_in_open", fields=["user"], condition=Q(ended_at=None))],
                        "constraints": [
                            models.CheckConstraint(
                                name="sign_in_end_is_whole",
                                condition=Q(ended_at=None, end="") | Q(ended_at__isnull=False, end__in=ENDS),
                            )
                        ],
                    },
                ),
            ],
        ),
        Kept("kernel_signin"),
        Stands("kernel_signin", ("user_id", "at", "address", "browser"), settled="OLD.ended_at IS NOT NULL"),
    ]
