"""What of the taking over of a stock takes a second person."""

from accounts.stock.operations import KIND

KINDS = (KIND,)
