"""How punctual held transfers are released (到账及时性)."""

from typing import Any

from config.api.views import ContractView
from config.kernel.keys import Caller
from config.kernel.permissions import ROLES, Permission
from config.kernel.refusals import BadRequest
from config.kernel.text import Text
from transfers.api import answers
from transfers.api.bodies import WindowQuery
from transfers.queries.punctuality import TooManySteps, punctuality_of

TOO_LONG = Text(
    "该时段内的转账流水过多，请缩短时段。", "The window holds too many steps of transfers: ask for a shorter one."
)


class PunctualityView(ContractView):
    """`GET /punctuality`: how late the releases of a window were, and by whom."""

    roles = {"GET": ROLES[Permission.VIEW_PUNCTUALITY]}
    query = WindowQuery
    answers = {"GET": {200: answers.PunctualityAnswer}}

    def read(self, caller: Caller, query: dict[str, Any], **path: Any) -> dict[str, Any]:
        try:
            found = punctuality_of(query["from"], query["to"])
        except TooManySteps:
            raise BadRequest({"from": [TOO_LONG]}) from None
        return answers.punctuality_answer(found.whole)
