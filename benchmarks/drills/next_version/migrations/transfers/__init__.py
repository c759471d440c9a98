"""The product's migrations of transfers, and a made-up one after them."""

import transfers.migrations

__path__ = [*__path__, *transfers.migrations.__path__]
