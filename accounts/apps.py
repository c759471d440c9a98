from itertools import chain

from django.apps import AppConfig

from config.kernel.law.text import Text

#: The wings: each is a folder that imports the core; the core imports none of them.
WINGS = ("cleanup", "letters", "stock", "till")


class AccountsConfig(AppConfig):
    """Customers, accounts, cards and the ledger."""

    name = "accounts"
    verbose_name = Text("客户与账户", "Customers and accounts")

    def ready(self) -> None:
        from accounts.approval_kinds import KINDS
        from accounts.evidence import register_evidence
        from accounts.operations.customer_search import holders_of, known_numbers, linked_to, names_of
        from accounts.queries.certificate_impact import affected_query, count_freed
        from accounts.vocabulary import DecisionKind, Rule
        from blacklist.operations.customers import (
            register_freed_lookup,
            register_holder_lookup,
            register_link_lookup,
            register_name_lookup,
            register_number_lookup,
        )
        from blacklist.operations.impact import register_impact_query
        from config.kernel.approvals import register
        from config.kernel.trail.decisions import name_kinds, name_rules
        from config.kernel.wings import of_wings

        register(*KINDS, *chain.from_iterable(of_wings("accounts", "approval_kinds", "KINDS")))
        name_kinds(dict(DecisionKind.choices), administration=[DecisionKind.EXPORT_FAULTS, DecisionKind.EXPORT_CLEANUP])
        name_rules(dict(Rule.choices))
        register_evidence()
        for register_evidence_of_wing in of_wings("accounts", "evidence", "register_evidence"):
            register_evidence_of_wing()
        register_name_lookup(names_of)
        register_link_lookup(linked_to)
        register_number_lookup(known_numbers)
        register_holder_lookup(holders_of)
        register_freed_lookup(count_freed)
        register_impact_query(affected_query)
