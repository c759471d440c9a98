"""Base view of the API: the contract's order of checks in one place.

401, 403 by role, 405, 413 and 415, key, unreadable JSON, replay, 400 by field, 403 by channel,
403 by second factor, then the operation itself: 404, 403 same person, 409, 422.
"""

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from typing import Any, ClassVar, cast

from django.http import HttpRequest, HttpResponse, HttpResponseBase
from rest_framework.exceptions import MethodNotAllowed, ValidationError
from rest_framework.negotiation import BaseContentNegotiation
from rest_framework.renderers import BaseRenderer, JSONRenderer
from rest_framework.request import Request
from rest_framework.serializers import Serializer
from rest_framework.views import APIView

from config.frames.api import problems, strict_json
from config.frames.api.concurrency import place_given_up
from config.frames.api.fields import StrictSerializer
from config.kernel.access.keys import Caller
from config.kernel.law.refusals import BadRequest, NotFound, Refusal, SecondFactorRequired
from config.kernel.law.text import Text
from config.kernel.models import MACHINES
from config.kernel.requests import idempotency, special_measures
from config.kernel.requests.idempotency import RenderedAnswer, RequestKey
from config.kernel.trail import trail
from config.kernel.trail.special_measures import refuse_hit

type Result = tuple[int, Mapping[str, Any]]


class _AlwaysJson(BaseContentNegotiation):
    """Content negotiation that always answers JSON; a client that asks for HTML also gets a problem."""

    def select_parser(self, request: Request, parsers: Any) -> Any:
        return parsers[0]

    def select_renderer(self, request: Request, renderers: Any, format_suffix: Any = None) -> tuple[BaseRenderer, str]:
        return JSONRenderer(), "application/json"


class ContractView(APIView):
    """Base view of the API. Subclasses declare their parts; the order of checks is here.

    `roles` lists the roles for each method; `answers` lists for each method the status and the answer's
    serializer (for the OpenAPI document); `body` validates a POST, `query` a GET.
    """

    content_negotiation_class = _AlwaysJson
    # OPTIONS would describe the view's code; the OpenAPI document is the description.
    http_method_names = ["get", "head", "post", "put", "patch", "delete"]
    roles: ClassVar[Mapping[str, Collection[str]]] = {}
    answers: ClassVar[Mapping[str, Mapping[int, type[Serializer[Any]] | None]]] = {}
    body: ClassVar[type[StrictSerializer]] = StrictSerializer
    query: ClassVar[type[StrictSerializer]] = StrictSerializer
    #: For each method the links of its answer by name, for the OpenAPI document (`config.frames.api.links`).
    links: ClassVar[Mapping[str, Mapping[str, Any]]] = {}
    keyed: ClassVar[bool] = True
    #: Whether a person's key needs a fresh code of the second factor, if `SECOND_FACTOR_AT_API` is on.
    second_factor: ClassVar[bool] = False

    # --- what a subclass implements -------------------------------------------------------------

    def check_channel(self, caller: Caller, data: dict[str, Any]) -> None:
        """Refuse a channel that is not the caller's (only for bodies with a channel)."""

    def shows_second_factor(self, caller: Caller, code: str) -> bool:
        """Return whether the sent code is valid for the caller now; runs in the transaction of `operate`, before it."""
        return True

    def screened_act(self, data: dict[str, Any], **path: Any) -> special_measures.ScreenedAct | None:
        """Return the people whom a change names, for the bank's screening system; None for a change without a check."""
        return None

    def operate(self, caller: Caller, data: dict[str, Any], **path: Any) -> Result:
        """Carry out a change in one transaction with the key's row; may raise refusals."""
        raise NotImplementedError

    def refused(self, caller: Caller, data: dict[str, Any], refusal: Refusal) -> None:
        """Handle a committed refusal of `operate`; not called for a repeat of the same request."""

    def look_up(self, caller: Caller, data: dict[str, Any], **path: Any) -> Result:
        """Answer a POST that changes nothing (`keyed = False`)."""
        raise NotImplementedError

    def read(self, caller: Caller, query: dict[str, Any], **path: Any) -> Mapping[str, Any]:
        """Answer a GET."""
        raise NotImplementedError

    def about(self, query: Mapping[str, Any]) -> Mapping[str, Any]:
        """Return the object to which the filters narrow a list, as in a path: `account_id` and the like."""
        return {}

    # --- the frame ------------------------------------------------------------------------------

    @property
    def http_request(self) -> HttpRequest:
        """Return the original request, for the trail."""
        return self.request._request

    def _viewed(self, request: Request, path: dict[str, Any], *, found: bool) -> None:
        """Record in the trail that a person read this; machines read their own data."""
        about = trail.about_path(path)
        if about is not None and caller_of(request).role not in MACHINES:
            trail.record_view(self.http_request, found=found, **about)

    @property
    def allowed_methods(self) -> list[str]:
        allowed = [method for method in ("GET", "POST", "PUT") if method in self.roles]
        return ["HEAD", *allowed] if "GET" in allowed else allowed

    def get(self, request: Request, **path: Any) -> HttpResponseBase:
        if "GET" not in self.roles:
            raise MethodNotAllowed("GET")
        query = self._valid(self.query, _single_values(request), request)
        try:
            body = self.read(caller_of(request), query, **path)
        except NotFound:
            self._viewed(request, path, found=False)
            raise
        self._viewed(request, {**path, **self.about(query)}, found=True)
        return self._json(200, body)

    def post(self, request: Request, **path: Any) -> HttpResponseBase:
        return self._change("POST", request, path)

    def put(self, request: Request, **path: Any) -> HttpResponseBase:
        return self._change("PUT", request, path)

    def _change(self, method: str, request: Request, path: dict[str, Any]) -> HttpResponseBase:
        if method not in self.roles:
            raise MethodNotAllowed(method)
        raw = strict_json.read_body(request._request)
        if not self.keyed:
            data = self._checked(request, strict_json.parse(raw))
            status, body = self.look_up(caller_of(request), data, **path)
            return self._json(status, body)
        key = idempotency.check_key(request.META.get("HTTP_IDEMPOTENCY_KEY"))
        body = strict_json.parse(raw)
        return self._once(request, key, body, path)

    def _once(self, request: Request, key: str, body: Any, path: dict[str, Any]) -> HttpResponseBase:
        print_of_request = idempotency.fingerprint(str(request.method), request.path, body)
        asked = RequestKey(caller_of(request).id, key, print_of_request)
        try:
            data = self._checked(request, body)
        except Exception:
            # A repeat gets the stored answer even if its fields are no longer valid.
            answer = asked.answer()
            if answer is None:
                raise
            return self._answer(answer, request, replayed=True)
        checked: special_measures.Checked | None = None
        if special_measures.is_on():
            # A repeat gets the stored answer, and nobody is asked about again.
            answer = asked.answer()
            if answer is not None:
                return self._answer(answer, request, replayed=True)
            act = self.screened_act(data, **path)
            if act is not None:
                (checked,) = special_measures.ask_about([act], while_waiting=place_given_up)
        with special_measures.checked_act(checked):
            answer, replayed = self.answered_once(request, asked, data, path)
        return self._answer(answer, request, replayed=replayed)

    def answered_once(
        self, request: Request, key: RequestKey, data: dict[str, Any], path: dict[str, Any]
    ) -> tuple[RenderedAnswer, bool]:
        """Answer a request, or return the stored answer of its key; also return whether it was stored."""
        try:
            answer, refusal = self.work_once(request, key, data, path)
        except idempotency.KeyTaken:
            pinned = key.answer()
            if pinned is None:
                raise idempotency.KeyInProgress from None
            return pinned, True
        if answer is None:
            raise SecondFactorRequired
        if refusal is not None:
            self.refused(caller_of(request), data, refusal)
        return answer, False

    def work_once(
        self, request: Request, key: RequestKey, data: dict[str, Any], path: dict[str, Any]
    ) -> tuple[RenderedAnswer | None, Refusal | None]:
        """Process a request in one transaction with its key; return the answer, and its refusal if there is one.

        :returns: no answer if the request has no valid second-factor code.
        :raises KeyTaken: when another request has the key.
        """
        refused: list[Refusal] = []

        def work() -> RenderedAnswer | None:
            # Returns normally, so that the count of wrong codes is committed; the key stays free for another attempt.
            if not self._second_factor_shown(request):
                return None
            answer, refusal = self._operated(request, data, path)
            refused[:] = [refusal] if refusal is not None else []
            return answer

        answer = idempotency.work_once(key, work)
        return answer, refused[0] if refused else None

    def _second_factor_shown(self, request: Request) -> bool:
        if not self.second_factor:
            return True
        return self.shows_second_factor(caller_of(request), request.META.get("HTTP_X_SECOND_FACTOR", ""))

    def _operated(
        self, request: Request, data: dict[str, Any], path: dict[str, Any]
    ) -> tuple[RenderedAnswer, Refusal | None]:
        try:
            refuse_hit(caller_of(request))
            status, body = self.operate(caller_of(request), data, **path)
        except Refusal as refusal:
            return problems.answer_of(refusal, request_id_of(request)), refusal
        return RenderedAnswer(status, problems.render(body)), None

    def _checked(self, request: Request, body: Any) -> dict[str, Any]:
        if query := request._request.GET:
            raise BadRequest(dict.fromkeys(query, _UNKNOWN))
        data = self._valid(self.body, body, request)
        self.check_channel(caller_of(request), data)
        return data

    def _valid(self, kind: type[StrictSerializer], data: Any, request: Request) -> dict[str, Any]:
        try:
            return kind.validated(data, request)
        except ValidationError as error:
            raise BadRequest(flatten(error.detail)) from None

    def _answer(self, answer: RenderedAnswer, request: Request, *, replayed: bool) -> HttpResponse:
        kind = "application/json" if answer.status < 400 else problems.CONTENT_TYPE
        response = HttpResponse(answer.body, status=answer.status, content_type=kind)
        if replayed:
            response["Idempotent-Replayed"] = "true"
        return response

    def _json(self, status: int, body: Mapping[str, Any]) -> HttpResponse:
        return HttpResponse(problems.render(body), status=status, content_type="application/json")


@dataclass(frozen=True, slots=True)
class File:
    """An answer that is a file."""

    name: str
    media_type: str
    content: bytes


class FileView(ContractView):
    """A view that answers a GET with a file; problems are the same as elsewhere.

    :cvar media_types: possible types of the file, for the OpenAPI document.
    """

    media_types: ClassVar[tuple[str, ...]] = ()

    def send(self, caller: Caller, query: dict[str, Any], **path: Any) -> File:
        """Answer a GET; writes of this method need a transaction of its own."""
        raise NotImplementedError

    def get(self, request: Request, **path: Any) -> HttpResponseBase:
        query = self._valid(self.query, _single_values(request), request)
        file = self.send(caller_of(request), query, **path)
        response = HttpResponse(file.content, content_type=file.media_type)
        response["Content-Disposition"] = f'attachment; filename="{file.name}"'
        return response


def caller_of(request: Request) -> Caller:
    """Return the caller of a request, as set by authentication."""
    return cast("Caller", request.user)


def request_id_of(request: Request) -> str:
    """Return the id of a request, as set by the middleware."""
    return str(request._request.request_id)  # type: ignore[attr-defined]


_UNKNOWN = [Text("未知查询参数。", "Unknown query parameter.")]
_REPEATED = [Text("参数重复。", "Repeated parameter.")]
_NUL = [Text("含有 NUL 字符。", "It contains a NUL character.")]


def _single_values(request: Request) -> dict[str, Any]:
    if repeated := {name: _REPEATED for name, values in request.GET.lists() if len(values) > 1}:
        raise BadRequest(repeated)
    if nul := {name: _NUL for name, value in request.GET.items() if "\x00" in f"{name}{value}"}:
        raise BadRequest(nul)
    return request.GET.dict()


def flatten(detail: Any, path: str = "") -> dict[str, list[str]]:
    """Return messages by field with dotted paths: `subjects.0.document.number`."""
    if isinstance(detail, dict):
        items: list[tuple[str, Any]] = [(str(name), value) for name, value in detail.items()]
    elif isinstance(detail, list) and any(isinstance(item, (dict, list)) for item in detail):
        items = [(str(number), value) for number, value in enumerate(detail)]
    else:
        messages = detail if isinstance(detail, list) else [detail]
        return {path or "body": [str(message) for message in messages]}
    result: dict[str, list[str]] = {}
    for name, value in items:
        if value:
            step = "" if name == "non_field_errors" else name
            result |= flatten(value, ".".join(part for part in (path, step) if part))
    return result
