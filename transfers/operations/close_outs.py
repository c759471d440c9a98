"""Post the balance of a stopped payment account to its holder's own account at another bank (余额转出至他行).

`accounts.operations.close_outs` has decided it under its own rule, which alone permits it: the acceptance of a transfer
would refuse the stopped account. Here the money moves as every transfer does, with its event and its decision.
"""

from datetime import timedelta

from django.conf import settings

from accounts.operations.close_outs import PaymentElsewhere
from config.kernel.database.sql import insert, owe
from config.kernel.database.transactions import transaction_required
from transfers.operations.accept import GivenOrder, TransferOrder, find_sides, rows_of
from transfers.policy.acceptance import AcceptanceFacts, ArrivalFacts, Payee, Posted, decide_arrival
from transfers.vocabulary import Arrival, AtmProfile


@transaction_required
def post_close_out(payment: PaymentElsewhere) -> None:
    """Post a close-out to another bank as a real-time transfer; the database moves its money.

    :param payment: as decided, the payer's account locked.
    """
    payer = payment.payer
    order = TransferOrder(
        channel=payment.channel,
        amount_fen=payment.amount_fen,
        payer_card=None,
        payer_account_id=payer.account_id,
        payee_account_number=payment.account_number,
        payee_bank_code=payment.bank_code,
        payee_name=payment.name,
        arrival=Arrival.REAL_TIME,
    )
    facts = AcceptanceFacts(
        payer=payer,
        payee=Payee(party=None, outside=True, name_index=order.payee_name_key),
        amount_fen=payment.amount_fen,
        arrival=ArrivalFacts(
            channel=payment.channel,
            holder_kind=payer.holder_kind,
            own_here=False,
            own_elsewhere=True,
            arrival=order.arrival,
            profile=AtmProfile(settings.ATM_RULE_PROFILE),
            ordinary_delay=timedelta(seconds=settings.ORDINARY_ARRIVAL_SECONDS),
            accepted_at=payment.at,
        ),
    )
    (sides,) = find_sides([order])
    given = GivenOrder(order, payment.principal, sides)
    rows = rows_of(given, Posted(facts, decide_arrival(facts.arrival)), transfer_id=payment.transfer_id)
    owe(*map(insert, rows))
