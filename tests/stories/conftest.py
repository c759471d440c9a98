"""The payer and the payee of these stories."""

from tests.transfers.conftest import payee, payer  # noqa: F401 - fixtures
