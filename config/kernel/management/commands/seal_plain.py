from typing import Any

from config.kernel.owners import OwnersCommand
from config.kernel.plain_seeds import drop_plain_seeds
from config.kernel.sealing import places, seal_place


class Command(OwnersCommand):
    help = (
        "Seal what the versions before wrote in plain and empty its columns: as the tables' owner, after an update, once "
        "no process of the version before runs. It may be interrupted and begun again."
    )

    def handle(self, *args: Any, **options: Any) -> None:
        # What refers to another's number goes first: until then it is met in plain.
        for place in reversed(places()):
            done = 0
            for count in seal_place(place):
                done += count
                self.stdout.write(f"{place.table}.{place.plain}: {done}")
            self.stdout.write(f"{place.table}.{place.plain}: done, {done} sealed")
        self.stdout.write(f"seeds of second factors: done, {drop_plain_seeds()} moved")
