"""Log of what a browser requested, ran and reported during a test."""

from dataclasses import dataclass, field
from urllib.parse import unquote, urlsplit

from playwright.sync_api import BrowserContext, ConsoleMessage, Dialog, Request, Response

REPORT = """
addEventListener("securitypolicyviolation", (event) =>
  reportViolation(`${event.violatedDirective} ${event.blockedURI} on ${location.pathname}: ${event.sample}`));
"""
#: Chromium logs each answer of 400 and above; a refusal is such an answer.
ANSWERED = "Failed to load resource: the server responded with a status of 4"
#: What the browser itself remarks, and no script can: advice on forms, a focus that it left where it was.
ADVICE = "verbose"
KEPT_FOCUS = "Autofocus processing was blocked"


@dataclass
class Watch:
    """Record of requests, script errors and policy reports of the watched browser contexts.

    :ivar secrets: personal texts that must not occur in any address.
    """

    base: str
    secrets: set[str] = field(default_factory=set)
    addresses: list[str] = field(default_factory=list)
    complaints: list[str] = field(default_factory=list)

    def over(self, context: BrowserContext) -> None:
        """Watch a browser context from its first page on."""
        context.on("request", self._request)
        context.on("response", self._response)
        context.on("console", self._console)
        context.on("dialog", self._dialog)
        context.on("weberror", lambda error: self.complaints.append(f"error: {error.error.message}"))
        context.expose_binding(
            "reportViolation", lambda _source, violation: self.complaints.append(f"policy: {violation}")
        )
        context.add_init_script(REPORT)

    def is_quiet(self, log: str) -> None:
        """Assert that there was no script error, no request to another host and no personal text in an address.

        :param log: the last lines of the server's log, for the message.
        """
        plain = [unquote(each.replace("+", " ")) for each in self.addresses]
        wrong = [
            *self.complaints,
            *(f"another host: {each}" for each in self.addresses if self._is_elsewhere(each)),
            *(f"names a person: {each}" for each in plain for secret in self.secrets if secret in each),
        ]
        assert not wrong, "\n".join([*wrong, log])

    def _is_elsewhere(self, address: str) -> bool:
        return urlsplit(address).scheme not in {"data", "blob", "about"} and not address.startswith(f"{self.base}/")

    def _request(self, request: Request) -> None:
        self.addresses.append(request.url)

    def _response(self, response: Response) -> None:
        if response.status >= 500 or (response.status >= 400 and "/static/" in response.url):
            self.complaints.append(f"{response.status}: {response.url}")

    def _console(self, message: ConsoleMessage) -> None:
        if message.type != ADVICE and not message.text.startswith((ANSWERED, KEPT_FOCUS)):
            self.complaints.append(f"console {message.type}: {message.text}")

    def _dialog(self, dialog: Dialog) -> None:
        self.complaints.append(f"dialog: {dialog.message}")
        dialog.dismiss()
