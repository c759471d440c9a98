"""The grants of `docs/operating.md` refuse the application's role what the triggers refuse everybody."""

import re
from pathlib import Path

import pytest

from config.kernel.sql import rows

TEXT = (Path(__file__).resolve().parents[2] / "docs" / "operating.md").read_text()


@pytest.mark.django_db
@pytest.mark.parametrize(
    ("refused", "trigger"),
    [("UPDATE, DELETE", r"_append_only$"), ("DELETE", r"(?<!_id)_kept$")],
    ids=["evidence", "kept"],
)
def test_every_guarded_table_is_revoked(refused, trigger):
    listed = re.search(rf"REVOKE {refused} ON ([\w,\s]+?) FROM bank_app", TEXT)
    assert listed is not None
    guarded = {
        row["name"]
        for row in rows("SELECT tgname, tgrelid::regclass::text AS name FROM pg_trigger WHERE NOT tgisinternal")
        if re.search(trigger, row["tgname"])
    }
    assert set(re.split(r",\s*", listed[1].strip())) == guarded
