import json
from pathlib import Path
from typing import Any

from django.core.management.base import CommandParser

from config.kernel.key_marks import WritingCommand
from config.kernel.keys import caller_of, rotate_keys
from config.kernel.models import Principal, Role
from config.kernel.transactions import owned

#: The demo's people and machines: one principal each, so that two acts are two persons.
CAST = {
    "atm": Role.ATM,
    "atm_2": Role.ATM,
    "gateway": Role.GATEWAY,
    "teller": Role.TELLER,
    "teller_2": Role.TELLER,
    "supervisor": Role.SUPERVISOR,
    "supervisor_2": Role.SUPERVISOR,
    "compliance": Role.COMPLIANCE,
    "compliance_2": Role.COMPLIANCE,
    "auditor": Role.AUDITOR,
}


class Command(WritingCommand):
    """Give the demo its principals and write their keys; keys that work are kept."""

    help = "Ensure the demo's principals and write their keys to a file only its owner reads."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--keys-file", type=Path, required=True)

    def handle(self, *args: Any, keys_file: Path, **options: Any) -> None:
        known: dict[str, str] = json.loads(keys_file.read_text()) if keys_file.exists() else {}
        with owned():
            keys = {name: self._key(name, role, known.get(name)) for name, role in CAST.items()}
        draft = keys_file.with_suffix(".new")
        draft.touch(mode=0o600)
        draft.write_text(json.dumps(keys, indent=2) + "\n")
        draft.replace(keys_file)

    @staticmethod
    def _key(name: str, role: Role, known: str | None) -> str:
        principal, _ = Principal.objects.get_or_create(name=name, defaults={"role": role})
        caller = caller_of(known) if known else None
        return known if known and caller and caller.id == principal.id else rotate_keys(principal)
