from itertools import chain
from typing import Any

from accounts.operations.match_keys import fill_match_keys
from blacklist.operations.match_keys import fill_subject_keys
from config.kernel.key_marks import WritingCommand


class Command(WritingCommand):
    help = (
        "Write the keys by which customers who may be one person, and listed persons who come with another document, are "
        "found, where a process of the version before left them out: after an update, once none runs any more. It may be interrupted and begun again."
    )

    def handle(self, *args: Any, **options: Any) -> None:
        done = 0
        for count in chain(fill_match_keys(), fill_subject_keys()):
            done += count
            self.stdout.write(f"rows looked at: {done}")
        self.stdout.write(f"done, {done} rows looked at")
