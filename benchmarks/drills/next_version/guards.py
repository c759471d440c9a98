"""Replaces a trigger function and a trigger of the events of transfers; used by the made-up migration of transfers."""

from config.kernel.schema.sql_files import ChangeSQL, text_in_force

#: What is replaced in the product's text, and by what; it means the same.
CHANGES = {
    "'restored, unconfirmed: nothing is released'": "'restored, unconfirmed: nothing is released yet'",
    "STATEMENT EXECUTE FUNCTION transfers_lateness_counted": "STATEMENT WHEN (true) EXECUTE FUNCTION transfers_lateness_counted",
}


class ReplaceGuards(ChangeSQL):
    """Replace the product's text, which a release would keep with its migration, by a made-up one."""

    def _texts(self, app_label: str) -> tuple[str, str]:
        before = after = text_in_force(app_label, self.subject)
        for old, new in CHANGES.items():
            if old not in after:
                raise ValueError(f"sql/{self.subject}.sql has no {old} any more: adapt CHANGES.")
            after = after.replace(old, new)
        return before, after
