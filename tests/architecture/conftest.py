from tests.kernel.conftest import ask, proposals, till  # noqa: F401 - fixtures
