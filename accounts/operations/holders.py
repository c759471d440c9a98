"""Take a customer's locks, in the one order, before the limits are counted."""

from dataclasses import dataclass, field
from datetime import datetime
from uuid import UUID

from accounts.models import Customer
from accounts.policy.facts import PartyFacts
from accounts.queries import parties
from accounts.queries.customers import customer_with_identity
from accounts.queries.opening import Opening, opening_of
from accounts.queries.standing import SubjectKeys, subject_keys
from config.kernel.clock import bank_now
from config.kernel.identity.documents import IdentityDocument
from config.kernel.locks import lock_subjects
from config.kernel.refusals import BadRequest, NotFound
from config.kernel.sealed import identity_key
from config.kernel.sql import ask
from config.kernel.text import Text
from config.kernel.transactions import transaction_required

AGENT_IS_HOLDER = Text(
    "代理人不能是开户人本人；本人到场的，请勿填写代理人。",
    "The agent cannot be the account holder. If the holder is present, leave the agent blank.",
)


@dataclass(frozen=True, slots=True)
class Agent:
    """The agent who acts for a customer at the counter (代理人), known by a document; need not be a customer."""

    name: str = field(repr=False)
    document: IdentityDocument

    @property
    def key(self) -> bytes:
        """Return the key of this person, the same for all documents with one citizen number."""
        return identity_key(self.document.identity)


@dataclass(frozen=True, slots=True)
class Holder:
    """A customer whose row is locked until the transaction ends."""

    customer: Customer
    keys: SubjectKeys
    agent: Agent | None = None

    def opening(self, at: datetime) -> Opening:
        """Gather the facts for opening something, under the lock."""
        return opening_of(self.customer, self.keys, at, agent_key=self.agent.key if self.agent else None)


@transaction_required
def lock_holder(customer_id: UUID, agent: Agent | None = None) -> Holder:
    """Lock a customer (客户锁): no other transaction counts this customer's limits until this one ends.

    With an agent the subjects' locks exclude instead of share, and where the agent is a customer, too, that row is
    locked with the holder's: an agent's cards are counted across customers and over all documents of the agent, and
    the second counter waits for the first, whichever document each was shown. Whose a document is does not change
    under its lock, nor what other documents that customer has under the row's.

    :returns: the customer, its row locked, with the keys it can be listed under.
    :raises NotFound: for an unknown customer.
    :raises BadRequest: when the agent is the customer, who is then present in person.
    """
    keys = subject_keys(customer_id)
    lock_subjects(keys.locks() | ({agent.key} if agent else set()), exclusive=agent is not None)
    acting = customer_with_identity(agent.key) if agent else None
    people = [each for each in (customer_id, acting) if each is not None]
    found = Customer.objects.select_for_update(no_key=True).filter(pk__in=people).order_by("pk")
    customer = {each.pk: each for each in found}.get(customer_id)
    if customer is None:
        raise NotFound
    present = subject_keys(customer_id)
    if present != keys:
        # A document was linked before the row was locked: its listings count from now on.
        lock_subjects(present.locks() - keys.locks(), exclusive=agent is not None)
    if agent is not None and agent.key in present.identity_keys:
        raise BadRequest({"agent": [AGENT_IS_HOLDER]})
    return Holder(customer, present, agent)


@transaction_required
def lock_account(account_id: UUID, agent: Agent | None = None) -> tuple[Holder, PartyFacts, datetime]:
    """Lock an account's holder, then the account; return both and the instant after the locks.

    :param agent: who acts for the holder; None when the holder is present.
    :returns: the holder, the account's facts, the instant after the locks.
    :raises NotFound: for an unknown account.
    """
    found = ask(parties.by_id(account_id))
    if found is None:
        raise NotFound
    holder = lock_holder(found.customer_id, agent)
    gathered = parties.lock_parties([found], lock=[account_id])
    return holder, gathered.parties[account_id], gathered.at


@transaction_required
def lock_customer(customer_id: UUID, agent: Agent | None = None) -> tuple[Holder, datetime]:
    """Lock a customer and return the instant after the lock.

    :raises NotFound: for an unknown customer.
    """
    return lock_holder(customer_id, agent), bank_now()
