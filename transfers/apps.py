from django.apps import AppConfig

from config.kernel.law.text import Text


class TransfersConfig(AppConfig):
    """Transfers: acceptance, hold, release, cancellation."""

    name = "transfers"
    verbose_name = Text("转账", "Transfers")

    def ready(self) -> None:
        from django.db.models.signals import post_migrate

        from accounts.operations.close_outs import register_payment_elsewhere
        from accounts.queries.held_transfers import register_held_transfers
        from accounts.stock import operations as stock
        from blacklist.operations.impact import register_impact_query
        from config.kernel.approvals import register
        from config.kernel.integrity import foundations
        from config.kernel.models import Outcome
        from config.kernel.trail.decisions import name_kinds, name_outcomes, name_rules
        from transfers.approval_kinds import KINDS
        from transfers.evidence import register_evidence
        from transfers.operations.close_outs import post_close_out
        from transfers.operations.database_regimes import write_regimes_after_migrate
        from transfers.operations.stock import SHEET
        from transfers.queries.database_regimes import faults_of_regimes
        from transfers.queries.held_transfers import affected_held_transfers, held_transfers_of
        from transfers.vocabulary import DecisionKind, Rule, RuleCode, TransferStatus

        register(*KINDS)
        name_kinds(dict(DecisionKind.choices))
        # A release refused by a rule at the due time is shown as returned, because the transfer was accepted.
        name_outcomes({(DecisionKind.RELEASE, Outcome.REFUSED): TransferStatus.RETURNED.text})
        name_rules({**dict(Rule.choices), **dict(RuleCode.choices)})
        register_evidence()
        register_held_transfers(held_transfers_of)
        register_payment_elsewhere(post_close_out)
        stock.register(SHEET)
        register_impact_query(affected_held_transfers)
        foundations.register(self.label, faults_of_regimes)
        post_migrate.connect(write_regimes_after_migrate, sender=self, dispatch_uid="regimes")
