"""A migration creates a table in months (`config.kernel.months`)."""

from typing import Any

from django.db import migrations

from config.kernel import months


class CreateByMonth(migrations.CreateModel):
    """Create a table that is partitioned by month; `migrate` makes the partitions at its end."""

    def database_forwards(self, app_label: str, schema_editor: Any, from_state: Any, to_state: Any) -> None:
        table = to_state.apps.get_model(app_label, self.name)._meta.db_table
        schema_editor.sql_create_table += f" PARTITION BY RANGE ({months.TABLES[table]})"
        try:
            super().database_forwards(app_label, schema_editor, from_state, to_state)
        finally:
            del schema_editor.sql_create_table
