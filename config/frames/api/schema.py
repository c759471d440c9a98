"""Generation of the OpenAPI document from the declarations of the views."""

import re
from typing import Any

from drf_spectacular.extensions import OpenApiAuthenticationExtension
from drf_spectacular.openapi import AutoSchema
from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import OpenApiExample, OpenApiParameter, OpenApiResponse
from rest_framework import serializers

from config.frames.api.fields import ExactlyOne, StrictSerializer, TextField
from config.frames.api.shapes import TEXT


class ProblemSerializer(serializers.Serializer[Any]):
    """RFC 9457 problem: why the request was not carried out."""

    type = serializers.CharField()
    title = serializers.CharField()
    status = serializers.IntegerField()
    detail = serializers.CharField()
    code = serializers.CharField()
    clause = serializers.CharField(allow_null=True)
    request_id = serializers.CharField()

    def get_fields(self) -> dict[str, Any]:
        # `fields` is a property of serializers, so it cannot be declared as an attribute.
        return {**super().get_fields(), "fields": serializers.DictField()}


class BearerKeyScheme(OpenApiAuthenticationExtension):  # type: ignore[no-untyped-call]
    """Describes the authentication in the document."""

    target_class = "config.frames.api.auth.BearerKey"
    name = "bearerKey"

    def get_security_definition(self, auto_schema: Any) -> dict[str, Any]:
        return {"type": "http", "scheme": "bearer"}


REASONS = {
    400: "Malformed: `fields` names what",
    401: "No valid key",
    403: "The role, the channel or the person may not",
    404: "Unknown, or not the caller's to know",
    405: "Method not allowed",
    409: "State conflict",
    413: "Body over 1 MiB, or files over what an upload may be",
    415: "Not the media type of this call",
    422: "Refused by a rule, or a reused key",
    429: "Too many; see Retry-After",
    503: "A dependency is away; see Retry-After",
}
_READ = (400, 401, 403, 404, 405, 429, 503)
_CHANGE = tuple(REASONS)

_KEY = OpenApiParameter(
    "Idempotency-Key",
    {"type": "string", "minLength": 1, "maxLength": 255, "pattern": "^[!-~]+$"},
    OpenApiParameter.HEADER,
    required=True,
    description="The same key and request have one effect and one answer.",
)
_SECOND_FACTOR = OpenApiParameter(
    "X-Second-Factor",
    {"type": "string", "pattern": "^[0-9]{6}$"},
    OpenApiParameter.HEADER,
    required=False,
    description="The person's own one-time code, where the bank asks for it (production): each counts once. A replay "
    "needs none.",
)
_REPLAYED = OpenApiParameter(
    "Idempotent-Replayed",
    {"type": "string", "enum": ["true"]},
    OpenApiParameter.HEADER,
    response=True,
    description="The answer is the one first given to this key.",
)
_REQUEST_ID = OpenApiParameter(
    "X-Request-Id", str, OpenApiParameter.HEADER, response=True, description="The caller's, if it was sent and sane."
)


def tidy(result: dict[str, Any], generator: Any, request: Any, public: bool) -> dict[str, Any]:  # noqa: ARG001
    """Move parts that every operation repeats into shared components: problems and common headers."""
    shared = result["components"].setdefault("responses", {})
    headers = result["components"].setdefault("headers", {})
    for operations in result["paths"].values():
        for operation in operations.values():
            for status, answer in operation["responses"].items():
                for name in answer.get("headers", {}):
                    headers[name] = answer["headers"][name]
                    answer["headers"][name] = {"$ref": f"#/components/headers/{name}"}
                if "application/problem+json" in answer["content"]:
                    shared[f"Problem{status}"] = answer
                    operation["responses"][status] = {"$ref": f"#/components/responses/Problem{status}"}
    _remove_key(result, "x-spec-enum-id")
    return result


def _narrowed(schema: dict[str, Any], field: Any) -> dict[str, Any]:
    """Add the restrictions of a text field to its schema: not blank, pattern, maximum length."""
    if not isinstance(field, TextField):
        return schema
    if field.allow_blank:
        if field.pattern is not None:
            schema["pattern"] = TEXT
    else:
        schema.setdefault("minLength", 1)
        if field.pattern is not None:
            schema["pattern"] = field.pattern
        if field.longest is not None:
            schema["maxLength"] = field.longest
        if field.made_as is not None:
            schema["format"] = field.made_as
    return schema


def _remove_key(node: Any, name: str) -> None:
    children = node.values() if isinstance(node, dict) else node if isinstance(node, list) else ()
    if isinstance(node, dict):
        node.pop(name, None)
    for child in list(children):
        _remove_key(child, name)


class ContractSchema(AutoSchema):
    """Describes a `ContractView` from its declarations."""

    def get_tags(self) -> list[str]:
        return [self.path.removeprefix("/api/v1/").split("/")[0]]

    def get_operation_id(self) -> str:
        """Return method and path in words: `get_transfers`, `post_accounts_id_close`."""
        path = re.sub(r"\{[^}]*\}", "id", self.path.removeprefix("/api/v1/"))
        return f"{self.method.lower()}_{re.sub(r'[^a-z0-9]+', '_', path)}"

    def get_override_parameters(self) -> list[Any]:
        view = self.view
        parameters = [_REQUEST_ID]
        if self.method == "POST" and getattr(view, "keyed", False):
            parameters += [_KEY, _REPLAYED]
        if getattr(view, "second_factor", False):
            parameters.append(_SECOND_FACTOR)
        if self.method == "GET" and hasattr(view, "query"):
            query = view.query()
            for name, field in query.fields.items():
                schema = _narrowed(self._map_serializer_field(field, "request"), field)
                self._insert_field_validators(field, schema)  # type: ignore[no-untyped-call]
                parameters.append(OpenApiParameter(name, schema, required=field.required))
        return parameters

    def _resolve_path_parameters(self, variables: Any) -> Any:
        parameters = super()._resolve_path_parameters(variables)  # type: ignore[no-untyped-call]
        for each in parameters:
            # An id in a path comes from an earlier answer, where it is a UUID.
            each["schema"]["format"] = "uuid"
        return parameters

    def get_request_serializer(self) -> Any:
        return None if self.method == "GET" else getattr(self.view, "body", None)

    def get_response_serializers(self) -> Any:
        answers = getattr(self.view, "answers", {}).get(self.method, {})
        responses: dict[Any, Any] = {
            (status, "application/json"): OpenApiResponse(serializer, description="Done")
            for status, serializer in answers.items()
        }
        if self.method == "GET":
            for media_type in getattr(self.view, "media_types", ()):
                responses[200, media_type] = OpenApiResponse(OpenApiTypes.BINARY, description="Done")
        for status in _READ if self.method == "GET" else _CHANGE:
            responses[status, "application/problem+json"] = OpenApiResponse(
                ProblemSerializer, description=REASONS[status]
            )
        return responses

    def get_examples(self) -> list[OpenApiExample]:
        """Return valid example bodies, as a start for persons and programs."""
        examples = getattr(getattr(self.view, "body", None), "examples", {}) if self.method != "GET" else {}
        return [OpenApiExample(name, value=value, request_only=True) for name, value in examples.items()]

    def get_filter_backends(self) -> list[Any]:
        return []

    def _is_list_view(self, serializer: Any = None) -> bool:
        return False

    def _map_serializer_field(self, field: Any, *args: Any, **kwargs: Any) -> Any:
        schema = super()._map_serializer_field(field, *args, **kwargs)  # type: ignore[no-untyped-call]
        return schema | {"enum": list(field.codes)} if isinstance(field, TextField) and field.codes else schema

    def _map_basic_serializer(self, serializer: Any, direction: Any) -> Any:
        schema = super()._map_basic_serializer(serializer, direction)  # type: ignore[no-untyped-call]
        if isinstance(serializer, StrictSerializer):
            schema["additionalProperties"] = False
            schema |= serializer.narrower
            for name, field in serializer.fields.items():
                _narrowed(schema["properties"][name], field)
        if isinstance(serializer, ExactlyOne):
            schema["oneOf"] = [{"required": [name]} for name in serializer.fields]
        return schema

    def get_operation(self, path: str, path_regex: str, path_prefix: str, method: str, registry: Any) -> Any:
        operation: Any = super().get_operation(path, path_regex, path_prefix, method, registry)
        links = getattr(self.view, "links", {}).get(method)
        if operation and links:
            for status, answer in operation["responses"].items():
                if status.startswith("2"):
                    answer["links"] = dict(links)
        return operation

    def _get_serializer_name(self, serializer: Any, direction: Any, bypass_extensions: bool = False) -> str:
        name: str = super()._get_serializer_name(serializer, direction, bypass_extensions)
        return name.removesuffix("Field")
