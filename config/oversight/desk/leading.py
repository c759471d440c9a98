"""Where a decision leads: to the transfer or certificate it is about, to its customer and account (关联业务)."""

from collections.abc import Iterable
from dataclasses import dataclass
from uuid import UUID

from django.urls import reverse

from blacklist.queries.certificates import known_certificates
from config.kernel.law.text import text
from config.kernel.models import Decision
from transfers.queries.transfers import known_transfers


@dataclass(frozen=True, slots=True)
class Lead:
    """A page, and what it is called."""

    word: str
    address: str


@dataclass(frozen=True, slots=True)
class Leads:
    """Where one decision leads.

    :ivar about: to what it is about, None where that has no page of this kind.
    :ivar whose: to its customer and account.
    """

    about: Lead | None
    whose: tuple[Lead, ...]

    @property
    def all(self) -> tuple[Lead, ...]:
        """Return all of them, what it is about first."""
        return (self.about, *self.whose) if self.about else self.whose


def led_to(decisions: Iterable[Decision]) -> dict[UUID, Leads]:
    """Return where decisions lead, in two queries whatever their number."""
    rows = list(decisions)
    ids = [row.object_id for row in rows if row.object_id]
    transfers, certificates = known_transfers(ids), known_certificates(ids)
    return {row.id: Leads(_about(row.object_id, transfers, certificates), tuple(_whose(row))) for row in rows}


def _about(object_id: UUID | None, transfers: set[UUID], certificates: set[UUID]) -> Lead | None:
    if object_id in transfers:
        return Lead(text("转账", "Transfer"), reverse("desk:transfer", args=[object_id]))
    if object_id in certificates:
        return Lead(text("认定书", "Certificate"), reverse("desk:certificate", args=[object_id]))
    return None


def _whose(row: Decision) -> Iterable[Lead]:
    if row.customer_id:
        yield Lead(text("客户", "Customer"), reverse("desk:customer", args=[row.customer_id]))
    if row.account_id:
        yield Lead(text("账户", "Account"), reverse("desk:account", args=[row.account_id]))
