"""Whether an identity conflict may be ended (身份冲突的核查)."""

from dataclasses import dataclass

from accounts.refusals.conflicts import ConflictNeedsAct, ConflictOfYourOwn, ConflictReviewed
from accounts.vocabulary.conflicts import ConflictEnd


@dataclass(frozen=True, slots=True)
class ConflictFacts:
    """What is looked at.

    :ivar reviewed: it was ended before.
    :ivar own: whoever ends it has entered it.
    :ivar act: what puts it right was asked for since, and is in force.
    """

    reviewed: bool
    own: bool
    act: bool


def check_end_conflict(facts: ConflictFacts, end: ConflictEnd) -> None:
    """Check that a conflict may be ended so.

    :raises ConflictReviewed: it was ended before; the end stands.
    :raises ConflictOfYourOwn: whoever entered it does not say what it was.
    :raises ConflictNeedsAct: it says that something was done, and that is not in force.
    :source: 〔本行规则〕 银发〔2007〕345号 asks that what does not match is looked into; whose slip it was, another person says
    """
    if facts.reviewed:
        raise ConflictReviewed
    if facts.own:
        raise ConflictOfYourOwn
    if end.rests_on_act and not facts.act:
        raise ConflictNeedsAct(end=end.value)
