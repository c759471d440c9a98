"""Loss reports and close-outs by the number on their slips (流水号)."""

from accounts.models import CloseOut, LossReport
from config.kernel.models import numbered


def loss_reports_numbered(reference: bytes) -> list[LossReport]:
    """Return the loss reports with a number."""
    return list(numbered(LossReport, reference).defer("agent_name"))


def close_outs_numbered(reference: bytes) -> list[CloseOut]:
    """Return the close-outs with a number."""
    return list(numbered(CloseOut, reference))
