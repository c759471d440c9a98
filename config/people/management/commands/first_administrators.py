"""Create the first two administrators together."""

from typing import Any

from django.core.management.base import CommandError, CommandParser

from config.kernel.database.transactions import owned
from config.kernel.law.refusals import BadRequest, Refusal
from config.kernel.schema.owners import OwnersCommand
from config.kernel.vault.key_marks import WritingCommand
from config.people.founding import first_administrators
from config.people.management.commands.break_glass import sentence_of


class Command(OwnersCommand, WritingCommand):
    """`manage.py first_administrators NAME1 STAFF1 NAME2 STAFF2`."""

    help = (
        "Create the first two administrators and print an enrolment code (for /desk/enrol) for each, once. Hand each "
        "code only to its person. Run it as the owner of the tables."
    )

    def add_arguments(self, parser: CommandParser) -> None:
        for each in ("name1", "staff1", "name2", "staff2"):
            parser.add_argument(each)

    def handle(self, *args: Any, name1: str, staff1: str, name2: str, staff2: str, **options: Any) -> None:
        if name1 == name2 or staff1.upper() == staff2.upper():
            raise CommandError("Name two different persons: two user names and two staff numbers.")
        try:
            with owned():
                made = first_administrators((name1, staff1), (name2, staff2))
        except (Refusal, BadRequest) as refused:
            raise CommandError(sentence_of(refused)) from refused
        for each in made:
            self.stdout.write(f"{each.username}\t{each.code}\t{each.until.isoformat()}")
