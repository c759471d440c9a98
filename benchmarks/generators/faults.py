"""Insert faults among valid rows (差错模拟): rows that an old system may export and that cannot be loaded.

Each fault is a separate row next to a valid one, so that no valid row fails with it.
"""

from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass
from random import Random

from stdnum.iso7064 import mod_11_2

from config.kernel.identity.documents import DocumentType

type Cells = list[str]
_NOWHERE = "Z000000000"
_NO_DAY = "2015-02-30"
_CITIZEN_LENGTH = 18


@dataclass(frozen=True, slots=True, order=True)
class PlantedFault:
    """A fault in a row (差错): file, kind of fault, and the column in which it is reported."""

    file: str
    what: str
    column: str


@dataclass(frozen=True, slots=True)
class _Fault:
    planted: PlantedFault
    #: Makes a valid row invalid; returns False if this is impossible for the row.
    spoil: Callable[[Cells], bool]


def _set(column: int, make: Callable[[str], str]) -> Callable[[Cells], bool]:
    def spoil(cells: Cells) -> bool:
        cells[column] = make(cells[column])
        return True

    return spoil


def _last_digit(number: str) -> str:
    """Return the number with a wrong last digit; never the correct one."""
    return number[:-1] + ("0" if number[-1] == "X" else str((int(number[-1]) + 1) % 10))


def _wrong_citizen_number(cells: Cells) -> bool:
    if cells[3] != DocumentType.RESIDENT_ID or len(cells[4]) != _CITIZEN_LENGTH:
        return False
    cells[4] = _last_digit(cells[4])
    return True


def _unborn(cells: Cells) -> bool:
    if cells[3] != DocumentType.RESIDENT_ID or len(cells[4]) != _CITIZEN_LENGTH:
        return False
    body = f"{cells[4][:10]}1331{cells[4][14:17]}"
    cells[4] = body + mod_11_2.calc_check_digit(body)
    return True


def _same(_cells: Cells) -> bool:
    return True


def _same_customer(cells: Cells) -> bool:
    """Return the row for a repeat, unchanged; skip numbers without a check digit, which may be valid again."""
    return cells[3] != DocumentType.RESIDENT_ID or len(cells[4]) == _CITIZEN_LENGTH


#: Possible faults by file. The first column of most files is the row's own reference, which a faulty row gets anew.
_FAULTS = (
    _Fault(PlantedFault("customers", "wrong check digit", "document_number"), _wrong_citizen_number),
    _Fault(PlantedFault("customers", "impossible birth date", "document_number"), _unborn),
    _Fault(PlantedFault("customers", "duplicate document", "document_number"), _same_customer),
    _Fault(PlantedFault("customers", "duplicate reference", "customer_ref"), _same_customer),
    _Fault(PlantedFault("documents", "unknown customer", "customer_ref"), _set(0, lambda _: _NOWHERE)),
    _Fault(PlantedFault("accounts", "unknown customer", "customer_ref"), _set(1, lambda _: _NOWHERE)),
    _Fault(PlantedFault("accounts", "duplicate number", "account_number"), _same),
    _Fault(PlantedFault("accounts", "impossible date", "opened_on"), _set(5, lambda _: _NO_DAY)),
    _Fault(PlantedFault("accounts", "three decimals", "balance"), _set(6, lambda text: f"{text}5")),
    _Fault(PlantedFault("cards", "unknown account", "account_ref"), _set(1, lambda _: _NOWHERE)),
    _Fault(PlantedFault("cards", "wrong check digit", "card_number"), _set(2, _last_digit)),
    _Fault(PlantedFault("cards", "duplicate number", "card_number"), _same),
    _Fault(PlantedFault("cards", "impossible date", "issued_on"), _set(4, lambda _: _NO_DAY)),
    _Fault(PlantedFault("freezes", "unknown account", "account_ref"), _set(0, lambda _: _NOWHERE)),
)
#: Files whose rows have a reference of their own.
_REFERRED = frozenset({"customers", "accounts", "cards"})


class Faults:
    """Inserts faults among rows.

    :param share: number of faults per valid row.
    """

    def __init__(self, share: float) -> None:
        self.share = share
        self.count = 0
        self.by_file: dict[str, list[_Fault]] = {}
        for fault in _FAULTS:
            self.by_file.setdefault(fault.planted.file, []).append(fault)

    def plant(self, random: Random, portion: dict[str, list[tuple[str, ...]]]) -> Counter[PlantedFault]:
        """Insert rows with faults, each after the valid row from which it was made; return their counts."""
        planted: Counter[PlantedFault] = Counter()
        for file, rows in portion.items():
            wanted = len(rows) * self.share
            many = int(wanted) + (random.random() < wanted % 1)
            # From the end, so that the places of remaining faults do not move.
            for place in sorted((random.randrange(len(rows)) for _ in range(many)), reverse=True):
                fault = random.choice(self.by_file[file])
                cells = list(rows[place])
                if fault.spoil(cells):
                    self._refer(file, fault, cells)
                    rows.insert(place + 1, tuple(cells))
                    planted[fault.planted] += 1
        return planted

    def _refer(self, file: str, fault: _Fault, cells: Cells) -> None:
        self.count += 1
        if file in _REFERRED and "reference" not in fault.planted.what:
            cells[0] = f"{cells[0][0]}X{self.count:08d}"
