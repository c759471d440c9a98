"""The suite's settings for processes of a bank under a law that is still to come: only the table differs."""

from config.settings.test import *  # noqa: F403
from tests.transfers.future_law import FORTY_EIGHT
from transfers.policy import acceptance

acceptance.REGIMES = (*acceptance.REGIMES, FORTY_EIGHT)
