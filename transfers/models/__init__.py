"""Tables of transfers and their events."""

from transfers.models.transfers import Event, Transfer

__all__ = ["Event", "Transfer"]
