"""Schemathesis walks the links of the document in a reproducible order: no 5xx, each answer as documented."""

import logging
from typing import TYPE_CHECKING

import pytest
from hypothesis import HealthCheck, Phase
from hypothesis import settings as hypothesis_settings
from hypothesis.internal.conjecture.providers import HypothesisProvider

from config.kernel.models import BUSINESS

if TYPE_CHECKING:
    from tests.contract.walker import Seen

#: Of what there is. The way depends on the document and on the process that goes it: well below what it came to.
OPERATIONS_DONE = 0.5
LINKS_FOLLOWED, LINKS_DONE = 0.4, 0.3

always_the_same = hypothesis_settings(
    max_examples=8,
    stateful_step_count=200,
    derandomize=True,
    database=None,
    deadline=None,
    phases=[Phase.generate],
    suppress_health_check=list(HealthCheck),
)


@pytest.fixture
def seen(noon, client_for, monkeypatch, settings) -> "Seen":
    # The state machine takes seconds to build: collecting the tests does not need it.
    from tests.contract.fuzzing import connection_kept
    from tests.contract.walker import Seen, Walk

    # How many misses and hits a minute has depends on how fast the machine is.
    settings.MISSES_OF_PAYER_PER_MINUTE = settings.MISSES_OF_KEY_PER_MINUTE = 1_000_000
    settings.PAYEE_INQUIRY_HITS_PER_MINUTE = 1_000_000
    Walk.seen = Seen()
    Walk.clients = {(role, name): client_for(role, name) for role in BUSINESS for name in ("maker", "other")}
    # So many choices a scenario may take: as Hypothesis has it, it ends after a dozen steps.
    for place in ("hypothesis.internal.conjecture.engine", "hypothesis.stateful"):
        monkeypatch.setattr(f"{place}.BUFFER_SIZE", 4 * 1024 * 1024)
    # Words of this repository lead nowhere, and which there are depends on what this process has read: the way would, too.
    monkeypatch.setattr(HypothesisProvider, "_maybe_draw_constant", lambda *_, **__: None)
    with connection_kept():
        Walk.run(settings=always_the_same)
    return Walk.seen


def test_walk_reaches_and_completes_most_calls(seen):
    there = seen.there
    links = sum(len(each.outgoing) for each in there.values())
    table = seen.table()
    logging.getLogger("walk").info("%s", table)
    assert seen.count("calls_done") >= OPERATIONS_DONE * len(there), table
    assert seen.count("links") >= LINKS_FOLLOWED * links, table
    assert seen.count("links_done") >= LINKS_DONE * links, table
