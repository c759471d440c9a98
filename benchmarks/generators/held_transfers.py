"""Generate held transfers of a made-up stock (在途转账模拟), accepted on the day before the take-over."""

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from random import Random

from benchmarks.generators.faults import PlantedFault
from config.kernel.law.dates import SHANGHAI
from config.kernel.law.money import Fen, format_yuan, parse_yuan
from transfers.operations.stock.rows import COLUMNS

#: Shares of accounts with money and without freeze, and of transfers due while neither bank was open.
SHARE, DUE_SHARE = 0.02, 0.05
AMOUNT_MAX_FEN: Fen = 20_000_00
OTHER_BANKS = ("SIMBANKA", "SIMBANKB", "SIMBANKC")
NAME = "held_transfers"
_NO_BALANCE = "0.00"


type Row = tuple[str, ...]


@dataclass(frozen=True, slots=True)
class FurtherRows:
    """Rows of the file, and the expected result of a load.

    :ivar amount_fen: total of the rows without a fault.
    :ivar due: number of rows without a fault that were due before the take-over.
    """

    rows: Sequence[Row]
    amount_fen: Fen
    due: int
    planted: Mapping[PlantedFault, int]


class HeldTransfers:
    """Generator of machine transfers within their 24 hours, to other banks and to other customers."""

    name = NAME
    columns: tuple[str, ...] = COLUMNS.codes

    def __init__(self, *, errors: float, taken_over: datetime) -> None:
        self.errors = errors
        self.taken_over = taken_over.astimezone(SHANGHAI)
        self.count = 0

    def rows(self, random: Random, portion: Mapping[str, Sequence[Row]]) -> FurtherRows:
        """Return the transfers from the accounts of a portion, and the expected result of a load."""
        people = {row[0]: row for row in portion["customers"]}
        frozen = {row[0] for row in portion["freezes"]}
        accounts = [row for row in portion["accounts"] if row[0] not in frozen]
        found: list[Row] = []
        planted: Counter[PlantedFault] = Counter()
        amount_fen, due = 0, 0
        for account in accounts:
            holder = people[account[1]]
            if account[6] == _NO_BALANCE or holder[1] != "individual" or random.random() >= SHARE:
                continue
            fen = random.randint(1, min(parse_yuan(account[6]), AMOUNT_MAX_FEN))
            late = random.random() < DUE_SHARE
            row = self._row(random, account, holder, (random.choice(accounts), people), fen, late=late)
            found.append(row)
            amount_fen += fen
            due += late
            if random.random() < self.errors:
                what, column, cells = self._spoilt(random, row)
                planted[PlantedFault(NAME, what, column)] += 1
                found.append(cells)
        return FurtherRows(found, amount_fen, due, planted)

    def _row(
        self,
        random: Random,
        account: Row,
        holder: Row,
        other: tuple[Row, Mapping[str, Row]],
        fen: Fen,
        *,
        late: bool,
    ) -> Row:
        payee, people = other
        beneficiary = people[payee[1]]
        minutes = random.randint(24 * 60 + 1, 48 * 60) if late else random.randint(1, 24 * 60 - 60)
        values = {
            "transfer_ref": self._ref(),
            "account_ref": account[0],
            "amount": format_yuan(fen),
            "accepted_at": (self.taken_over - timedelta(minutes=minutes)).isoformat(),
            "channel": "atm",
            "payee_name": beneficiary[2],
            "payee_account_number": payee[2],
        }
        # To the payer it would have arrived at once; a person may occur twice under one name.
        if beneficiary[2] == holder[2] or random.random() < 0.5:
            values["payee_account_number"] = f"62{random.randrange(10**14):014d}"
            values["payee_bank_code"] = random.choice(OTHER_BANKS)
        return tuple(values.get(column, "") for column in self.columns)

    def _spoilt(self, random: Random, row: Row) -> tuple[str, str, Row]:
        """Return a copy of a row with a fault, the fault, and the column in which it is reported."""
        values = dict(zip(self.columns, row, strict=True)) | {"transfer_ref": self._ref()}
        what, column, wrong = random.choice(
            (
                ("unknown account", "account_ref", "Z000000000"),
                ("instant without an offset", "accepted_at", values["accepted_at"][:19]),
                ("three decimals", "amount", f"{values['amount']}5"),
                ("duplicate transfer", "accepted_at", values["accepted_at"]),
            )
        )
        values[column] = wrong
        return what, column, tuple(values[name] for name in self.columns)

    def _ref(self) -> str:
        self.count += 1
        return f"T{self.count:09d}"
