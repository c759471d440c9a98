"""API views of transfers: preview, accept, read, cancel, and punctuality of releases (到账及时性)."""

from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime
from functools import partial
from typing import Any, ClassVar

from django.conf import settings
from rest_framework.request import Request

from accounts.api.fields import channel_of
from accounts.api.misses import miss_counter
from accounts.queries.holders import holder_name
from accounts.refusals.money import ChannelNotAllowed
from config.frames.api.fields import StrictSerializer, path_id
from config.frames.api.links import ID, list_links, to
from config.frames.api.pagination import PageQuery, page
from config.frames.api.problems import of_refusal
from config.frames.api.views import ContractView, Result
from config.kernel.access.keys import Caller
from config.kernel.access.permissions import ROLES, Permission
from config.kernel.database.clock import bank_now
from config.kernel.identity.account_numbers import outside_bank
from config.kernel.identity.masking import mask_name
from config.kernel.law.dates import shanghai_day
from config.kernel.law.refusals import NotFound, Refusal
from config.kernel.models import Role
from config.kernel.requests import special_measures
from config.kernel.requests.documents import read_document
from config.kernel.requests.idempotency import RenderedAnswer, RequestKey
from config.kernel.requests.special_measures import ScreenedAct
from transfers.api import answers
from transfers.api.bodies import (
    CancelBody,
    InquiryBody,
    TransferBody,
    TransfersQuery,
    WindowQuery,
    evidence_text,
)
from transfers.api.order_sets import accept_request, order_request
from transfers.models import Transfer
from transfers.operations.accept import TransferOrder, accept_transfer
from transfers.operations.cancel import Applicant, cancel_transfer
from transfers.operations.people_named import orders_named
from transfers.operations.preview import preview_transfer
from transfers.policy.acceptance import Held, Refused
from transfers.policy.notices import notice
from transfers.queries.fraud_warnings import warnings_at
from transfers.queries.punctuality import punctuality_of
from transfers.queries.transfers import find_transfer, transfer_events, transfer_exists, transfers_wanted
from transfers.refusals import PayeeUnknown
from transfers.vocabulary import Arrival, TransferStatus


class _OrderView(ContractView):
    roles = {"POST": ROLES[Permission.MAKE_TRANSFER]}
    body: ClassVar[type[StrictSerializer]] = TransferBody

    def check_channel(self, caller: Caller, data: dict[str, Any]) -> None:
        if "channel" in data and data["channel"] is None:
            raise ChannelNotAllowed
        data["channel"] = channel_of(caller, data.get("channel"))

    @staticmethod
    def order(data: dict[str, Any]) -> TransferOrder:
        """Return the order of a request body."""
        payer, payee = data["payer"], data["payee"]
        return TransferOrder(
            channel=data["channel"],
            amount_fen=data["amount_fen"],
            payer_card=payer.card_number,
            payer_account_id=payer.account_id,
            payee_account_number=payee["account_number"],
            payee_bank_code=payee["bank_code"],
            payee_name=payee.get("name"),
            arrival=Arrival(data["arrival"]) if "arrival" in data else None,
            memo=data.get("memo") or None,
            screen_evidence=evidence_text(data.get("screen_evidence")),
        )


class PreviewView(_OrderView):
    """`POST /transfers/preview`: the outcome that an order would have now."""

    keyed = False
    answers = {"POST": {200: answers.PreviewAnswer}}

    def look_up(self, caller: Caller, data: dict[str, Any], **path: Any) -> Result:
        asking = miss_counter(self.http_request, caller, data["payer"])
        asking.check()
        order = self.order(data)
        try:
            judgement = preview_transfer(order)
        except NotFound as refusal:
            asking.count_miss(refusal)
            raise
        if isinstance(judgement, Refused):
            asking.count_miss(judgement.refusal)
            problem = of_refusal(judgement.refusal)
            return 200, answers.PreviewAnswer.of(
                problem, outcome="refused", due_at=None, notice=None, warnings=None, clause=problem.clause
            )
        status = TransferStatus.HELD if isinstance(judgement, Held) else TransferStatus.POSTED
        due_at, elsewhere = judgement.arrival.due_at, bool(order.payee_bank_code)
        warnings = warnings_at(order.channel)
        return 200, answers.PreviewAnswer.of(
            outcome=status,
            due_at=due_at,
            notice=notice(status, due_at, warnings=warnings, to_another_bank=elsewhere, submitted=False),
            warnings={"version": warnings.version, "kinds": warnings.kinds},
        )


class AcceptingView(_OrderView):
    """Base of views that accept orders, concurrent ones together."""

    def screened_act(self, data: dict[str, Any], **path: Any) -> ScreenedAct:
        return orders_named([self.order(data)])[0]

    def operate(self, caller: Caller, data: dict[str, Any], **path: Any) -> Result:
        transfer = accept_transfer(self.order(data), principal=caller)
        return 201, answers.transfer_answer(transfer, transfer.accepted_at)

    def work_once(
        self, request: Request, key: RequestKey, data: dict[str, Any], path: dict[str, Any]
    ) -> tuple[RenderedAnswer | None, Refusal | None]:
        alone = partial(super().work_once, request, key, data, path)
        if (checked := special_measures.present()) and checked.hits:
            # It is refused before it is an order.
            return alone()
        return accept_request(order_request(request, key, self.order(data)), alone)

    def refused(self, caller: Caller, data: dict[str, Any], refusal: Refusal) -> None:
        # The refusal itself is recorded and answered. It counts, because it limits later inquiries and previews.
        miss_counter(self.http_request, caller, data["payer"]).count_refusal(refusal)


class TransfersView(AcceptingView):
    """`POST /transfers` and `GET /transfers`."""

    roles = {"POST": ROLES[Permission.MAKE_TRANSFER], "GET": ROLES[Permission.LIST_TRANSFERS]}
    links = {
        "POST": {
            "readTransfer": to("get_transfers_id", transfer_id=ID),
            "readEvents": to("get_transfers_id_events", transfer_id=ID),
            "cancelTransfer": to("post_transfers_id_cancel", transfer_id=ID),
            "cancelTransferByCard": to(
                "post_transfers_id_cancel",
                {"applicant": {"card_number": "$request.body#/payer/card_number"}},
                transfer_id=ID,
            ),
        },
        "GET": list_links("get_transfers", "get_transfers_id", "transfer_id"),
    }
    query = TransfersQuery
    answers = {"POST": {201: answers.TransferAnswer}, "GET": {200: answers.TransfersAnswer}}

    def read(self, caller: Caller, query: dict[str, Any], **path: Any) -> dict[str, Any]:
        found, among = transfers_wanted(query)
        at = bank_now()

        def render(rows: Sequence[Transfer]) -> Iterable[dict[str, Any]]:
            return (answers.transfer_answer(transfer, at) for transfer in rows)

        return page(found, query, render, among=among)

    def about(self, query: Mapping[str, Any]) -> Mapping[str, Any]:
        return {"account_id": query["payer_account"]} if "payer_account" in query else {}


class TransferView(ContractView):
    """`GET /transfers/{id}`."""

    roles = {"GET": ROLES[Permission.VIEW_TRANSFER]}
    answers = {"GET": {200: answers.TransferAnswer}}

    def read(self, caller: Caller, query: dict[str, Any], **path: Any) -> dict[str, Any]:
        transfer = find_transfer(path_id(path["transfer_id"]))
        if transfer is None or (caller.role in {Role.ATM, Role.GATEWAY} and transfer.made_by_id != caller.id):
            raise NotFound
        return answers.transfer_answer(transfer, bank_now())


class CancelTransferView(ContractView):
    """`POST /transfers/{id}/cancel`."""

    roles = {"POST": ROLES[Permission.CANCEL_TRANSFER]}
    body = CancelBody
    answers = {"POST": {200: answers.TransferAnswer}}

    def operate(self, caller: Caller, data: dict[str, Any], **path: Any) -> Result:
        transfer_id = path_id(path["transfer_id"])
        applicant = self._applicant(data["applicant"], bank_now())
        reason = data.get("reason", "").strip()
        transfer, at = cancel_transfer(transfer_id, principal=caller, applicant=applicant, reason=reason)
        return 200, answers.transfer_answer(transfer, at)

    @staticmethod
    def _applicant(data: dict[str, Any], at: datetime) -> Applicant:
        if "card_number" in data:
            return Applicant.by_card(data["card_number"])
        document = read_document(data["document"], on=shanghai_day(at), at_field="applicant.document")
        return Applicant.by_document(document)


class EventsView(ContractView):
    """`GET /transfers/{id}/events`, oldest first."""

    roles = {"GET": ROLES[Permission.LIST_TRANSFERS]}
    query = PageQuery
    answers = {"GET": {200: answers.EventsAnswer}}

    def read(self, caller: Caller, query: dict[str, Any], **path: Any) -> dict[str, Any]:
        transfer_id = path_id(path["transfer_id"])
        if not transfer_exists(transfer_id):
            raise NotFound
        events = transfer_events(transfer_id)

        return page(events, query, answers.EventAnswer.of_each, oldest_first=True)


class InquiryView(ContractView):
    """`POST /payee-inquiries`: the masked name of an account's holder."""

    roles = {"POST": ROLES[Permission.INQUIRE_PAYEE]}
    body = InquiryBody
    keyed = False
    answers = {"POST": {200: answers.InquiryAnswer}}

    def look_up(self, caller: Caller, data: dict[str, Any], **path: Any) -> Result:
        asking = miss_counter(self.http_request, caller, data.get("payer"))
        asking.count_answer()
        asking.check()
        if "payer" in data and asking.payer is None:
            # The payer is only needed for the limit on inquiries; an unknown payer counts as a miss.
            asking.count_miss()
        name = (
            None
            if outside_bank(data.get("bank_code", ""), own=settings.BANK_CODE)
            else holder_name(data["account_number"])
        )
        if name is None:
            unknown = PayeeUnknown()
            asking.count_miss(unknown)
            raise unknown
        return 200, {"name": mask_name(name)}


class PunctualityView(ContractView):
    """`GET /punctuality`: lateness of the releases in a window, by releaser."""

    roles = {"GET": ROLES[Permission.VIEW_PUNCTUALITY]}
    query = WindowQuery
    answers = {"GET": {200: answers.PunctualityAnswer}}

    def read(self, caller: Caller, query: dict[str, Any], **path: Any) -> dict[str, Any]:
        return answers.punctuality_answer(punctuality_of(query["from"], query["to"]).whole)
