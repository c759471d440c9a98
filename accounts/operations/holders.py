"""Locks of customers and accounts, taken in the fixed order before limits are counted."""

from collections.abc import Collection, Iterable
from dataclasses import dataclass, field
from datetime import datetime
from uuid import UUID

from accounts.models import Customer
from accounts.policy.facts import PartyFacts
from accounts.policy.opening import may_be_guardian, may_have_guardian
from accounts.queries import parties
from accounts.queries.customer_restrictions import SubjectKeys, subject_keys, subject_keys_of
from accounts.queries.customers import customer_with_identity, find_customer_with_identity
from accounts.queries.documents import age_of, born_on
from accounts.queries.merged_customers import merged_into, surviving_ids
from accounts.queries.opening import Opening, opening_of
from accounts.vocabulary import AgentRelation
from config.kernel.database.clock import bank_now
from config.kernel.database.locks import agent_lock, lock_concerned, lock_subjects
from config.kernel.database.sql import Statement, ask
from config.kernel.database.transactions import transaction_required
from config.kernel.identity.documents import IdentityDocument
from config.kernel.law.dates import shanghai_day
from config.kernel.law.refusals import BadRequest, NotFound
from config.kernel.law.text import Text
from config.kernel.requests import special_measures
from config.kernel.vault.sealed import identity_key, name_key

AGENT_IS_HOLDER = Text(
    "代理人不能是开户人本人；本人到场的，请勿填写代理人。",
    "The agent cannot be the account holder. If the holder is present, leave the agent blank.",
)


NO_CHILD = Text(
    "只有未满16周岁的个人客户由监护人代办；该客户不是，或出生日期未知，请按代理人办理或由本人到场。",
    "A guardian acts only for an individual known to be under 16. This customer is not; enter an agent, or let the holder come.",
)
NO_ADULT = Text("监护人须年满18周岁，请核对监护人的证件。", "A guardian is 18 or older. Check the guardian's document.")


@dataclass(frozen=True, slots=True)
class Agent:
    """An agent who acts for a customer at the counter (代理人), known by a document; need not be a customer.

    :ivar relation: the capacity; a guardian's cards do not count as an agent's.
    """

    name: str = field(repr=False)
    document: IdentityDocument
    relation: AgentRelation = AgentRelation.AGENT

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
        """Return the facts for an opening, under the lock."""
        agent = self.agent
        if agent is None:
            return opening_of(self.customer, self.keys, at)
        return opening_of(self.customer, self.keys, at, agent_key=agent.key, relation=agent.relation)

    def confirm_checked(self) -> None:
        """Require that the screening system was asked about the customer and the agent, if the bank has one.

        :raises CheckUnavailable: when one of them has another name than was asked about.
        """
        special_measures.confirm(bytes(self.customer.name_index), name_key(self.agent.name) if self.agent else None)

    def check_guardian(self, at: datetime) -> None:
        """Require that a guardian may act for this holder, on the bank's day.

        :raises BadRequest: on `agent.relation` or `agent.document`.
        """
        agent = self.agent
        if agent is None or agent.relation is not AgentRelation.GUARDIAN:
            return
        if not may_have_guardian(age_of(self.customer, at)):
            raise BadRequest({"agent.relation": [NO_CHILD]})
        day = shanghai_day(at)
        known = find_customer_with_identity(agent.key)
        born = agent.document.birth_date or (born_on(known, day) if known else None)
        if not may_be_guardian(born, day):
            raise BadRequest({"agent.document": [NO_ADULT]})


#: A function of the database, so that a trigger can take the same locks.
_MATCHES = "SELECT accounts_lock_matches(%s)"


@transaction_required
def lock_holder(customer_id: UUID, agent: Agent | None = None, *, opens: bool = False) -> Holder:
    """Lock a customer (客户锁): no other transaction counts this customer's limits until this one ends.

    An agent's cards are counted across customers and over all documents of the agent. A second counter waits for the
    first, whichever document each was shown: for the lock of the agent's key, and for the agent's own customer row, if
    there is one, which is locked with the holder's. The agent's document is locked in shared mode like the holder's
    documents: until the end neither its owner nor, under the row's lock, that customer's other documents change.

    :param opens: whether something is to be opened: then the customers who may be the same person are locked, too, so
        that two counters do not open for one person under two customers at the same instant.
    :returns: the customer, its row locked, with the keys it can be listed under; after a merge the surviving customer.
    :raises NotFound: for an unknown customer.
    :raises BadRequest: when the agent is the customer, who is then present in person.
    """
    keys = subject_keys(customer_id)
    if not keys.identity_keys and (surviving_id := merged_into(customer_id)):
        return lock_holder(surviving_id, agent, opens=opens)
    lock_subjects(keys.locks() | ({agent.key} if agent else set()))
    if agent is not None:
        ask(agent_lock(agent.key))
    agent_id = customer_with_identity(agent.key) if agent else None
    ids = [each for each in (customer_id, agent_id) if each is not None]
    locked = Customer.objects.select_for_update(no_key=True).filter(pk__in=ids).order_by("pk")
    customer = {each.pk: each for each in locked}.get(customer_id)
    if customer is None:
        raise NotFound
    if customer.merged_into_id is not None:
        # Merged during the wait for the row.
        return lock_holder(customer.merged_into_id, agent, opens=opens)
    present = subject_keys(customer_id)
    if present != keys:
        # A document was linked before the row was locked: its listings count, too.
        lock_subjects(present.locks() - keys.locks())
    if agent is not None and agent.key in present.identity_keys:
        raise BadRequest({"agent": [AGENT_IS_HOLDER]})
    if opens:
        lock_matches(customer.pk)
    return Holder(customer, present, agent)


@transaction_required
def lock_holders(customer_ids: Collection[UUID], new_keys: Iterable[bytes] = ()) -> datetime:
    """Lock customers exclusively until the transaction ends; return the bank's instant under the locks.

    Required before customers get a document, or another name to be listed by. Lock their rows only after it.

    :param customer_ids: the id of a merged customer means the surviving one.
    :param new_keys: further keys under which they can be listed from now on; iterated under the lock of all subjects.
    """
    return lock_concerned(lambda: set(new_keys) | keys_of(*customer_ids))


def keys_of(*customer_ids: UUID) -> set[bytes]:
    """Return the keys of customers; for a merged customer those of the surviving one."""
    present = subject_keys_of(set(surviving_ids(customer_ids).values()))
    return set().union(*(each.locks() for each in present.values()))


@transaction_required
def lock_matches(customer_id: UUID) -> None:
    """Lock the customers who may be the same person, so that they open nothing until the transaction ends."""
    ask(Statement(_MATCHES, [customer_id]))


@transaction_required
def lock_account(
    account_id: UUID, agent: Agent | None = None, *, opens: bool = False
) -> tuple[Holder, PartyFacts, datetime]:
    """Lock an account's holder, then the account; return both and the instant after the locks.

    :param agent: who acts for the holder; None when the holder is present.
    :param opens: as in `lock_holder`.
    :returns: the holder, the account's facts, the instant after the locks.
    :raises NotFound: for an unknown account.
    """
    ref = ask(parties.by_id(account_id))
    if ref is None:
        raise NotFound
    holder = lock_holder(ref.customer_id, agent, opens=opens)
    facts = parties.lock_parties([ref], lock=[account_id])
    return holder, facts.parties[account_id], facts.at


@transaction_required
def lock_customer(customer_id: UUID, agent: Agent | None = None) -> tuple[Holder, datetime]:
    """Lock a customer for an opening; return the customer and the instant after the lock.

    :raises NotFound: for an unknown customer.
    """
    return lock_holder(customer_id, agent, opens=True), bank_now()
