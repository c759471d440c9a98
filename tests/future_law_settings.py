"""Settings for processes under a future regime; only the table of regimes differs from the suite's."""

from config.settings.test import *  # noqa: F403
from tests.transfers.future_law import FORTY_EIGHT
from transfers.policy import acceptance

acceptance.REGIMES = (*acceptance.REGIMES, FORTY_EIGHT)
