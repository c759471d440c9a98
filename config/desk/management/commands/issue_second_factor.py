"""Print a new second factor's seed: for the first superuser, who finds nobody to issue it in the back office."""

from typing import Any

from django.contrib.auth.models import User
from django.core.management.base import CommandError, CommandParser

from config.desk.second_factors import issue_second_factor
from config.kernel.key_marks import WritingCommand
from config.kernel.transactions import owned


class Command(WritingCommand):
    """`manage.py issue_second_factor NAME`."""

    help = "Replace somebody's second factor and print its seed, once."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("name")

    def handle(self, *args: Any, **options: Any) -> None:
        user = User.objects.filter(username=options["name"]).first()
        if user is None:
            raise CommandError(f"There is no user {options['name']}.")
        with owned():
            seed = issue_second_factor(user)
        self.stdout.write(seed)
