"""Create an administrator in an emergency, as the owner of the database, with a record."""

from typing import Any

from django.core.management.base import CommandError, CommandParser

from config.kernel.database.transactions import owned
from config.kernel.law.refusals import BadRequest, Refusal
from config.kernel.schema.owners import OwnersCommand
from config.kernel.vault.key_marks import WritingCommand
from config.people.founding import break_glass


class Command(OwnersCommand, WritingCommand):
    """`manage.py break_glass NAME STAFF_NUMBER`."""

    help = (
        "Create an administrator, or let one enrol again, when no two of them can sign in. Run it as the owner of "
        "the tables. It records a decision and a critical log line, and prints an enrolment code once."
    )

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("name")
        parser.add_argument("staff_number")

    def handle(self, *args: Any, name: str, staff_number: str, **options: Any) -> None:
        try:
            with owned():
                made = break_glass(name, staff_number)
        except (Refusal, BadRequest) as refused:
            raise CommandError(sentence_of(refused)) from refused
        self.stdout.write(f"{made.username}\t{made.code}\t{made.until.isoformat()}")


def sentence_of(refused: Refusal | BadRequest) -> str:
    """Return the English sentence of a refusal, for the log of a command."""
    if isinstance(refused, BadRequest):
        return " ".join(each.in_language("en") for messages in refused.fields.values() for each in messages)
    return f"{refused.code}: {refused.detail('en')}"
