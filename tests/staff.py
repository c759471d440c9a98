"""The bank's people created by operations: two administrators, and a teller who enrols and collects a key."""

import base64
from collections.abc import Callable
from typing import Any

from django.contrib.auth.models import User
from django_otp.oath import TOTP

from config.kernel import approvals
from config.kernel.access.keys import Caller
from config.kernel.database.transactions import perform
from config.kernel.models import Administration, Principal, SecondFactor
from config.people import collection, founding, immediate_acts, proposals
from tests import people
from tests.passkeys import Device
from tests.signed_in_browser import Browser, code_of, with_codes

PASSWORD = "a-long-and-quiet-evening"


class Staff:
    """The two administrators `ada` and `bob`, the teller `chen`.

    :ivar seeds: authenticator seeds of enrolled people, by name.
    """

    def __init__(self) -> None:
        founded = perform(lambda: founding.first_administrators(("ada", "A1"), ("bob", "A2")))
        self.seeds = {each.username: self.enrol(each.username, each.code) for each in founded}
        self.ada, self.bob = self.caller("ada"), self.caller("bob")

    def caller(self, name: str) -> Caller:
        return people.caller_for(Principal.objects.get(name=name))

    def approved(self, propose: Callable[..., Any], **what: Any) -> Administration:
        """Propose by ada, approve by bob; return the act."""
        _, approval = perform(lambda: propose(principal=self.ada, **what))
        perform(lambda: approvals.approve(approval.id, principal=self.bob))
        return Administration.objects.get(pk=approval.object_id)

    def code(self, row: Administration) -> str:
        """Return the enrolment code of which each administrator collects a half."""
        return " ".join(
            perform(lambda who=who: collection.collect_enrolment_code(principal=who, administration_id=row.pk))[0]
            for who in (self.ada, self.bob)
        )

    def enrol(self, name: str, code: str, password: str = PASSWORD) -> str:
        """Enrol a person; return the seed."""
        seed = perform(lambda: collection.begin_enrolment(username=name, code=code))
        token = self.token(seed)
        perform(lambda: collection.finish_enrolment(username=name, code=code, password=password, token=token))
        return seed

    def token(self, seed: str) -> str:
        """Return the current code of an authenticator with a seed."""
        return f"{TOTP(base64.b32decode(seed)).token():06d}"

    def hire(self, name: str, staff_number: str, role: str = "teller", **more: Any) -> str:
        """Create a person with a role and a key who enrols; return the key."""
        row = self.approved(proposals.propose_user, username=name, staff_number=staff_number, **more)
        self.seeds[name] = self.enrol(name, self.code(row))
        person = User.objects.get(username=name).person
        self.approved(proposals.propose_principal, name=name, role=role, person_id=person.pk)
        return self.key(name)

    def key(self, name: str, **more: Any) -> str:
        """Create a person's key and return it."""
        caller = self.caller(name)
        row = self.approved(proposals.propose_key, principal_id=caller.id, **more)
        return perform(lambda: collection.collect_key(principal=caller, administration_id=row.pk))

    def leaves(self, name: str) -> None:
        """Deactivate a person."""
        person = User.objects.get(username=name).person
        perform(lambda: immediate_acts.switch_off_person(principal=self.ada, person_id=person.pk))

    def sits_down(self, name: str, password: str = PASSWORD) -> Browser:
        """Sign a person in at the desk; each later form is sent with a fresh code."""
        client = Browser()
        code = code_of(SecondFactor.objects.get(user__username=name))
        answer = client.post("/desk/sign-in", {"username": name, "password": password, "code": code})
        assert answer.status_code == 302
        return with_codes(client)

    def keeps_more_factors(self, name: str) -> None:
        """Create a person's recovery codes and passkey."""
        client = self.sits_down(name)
        assert client.post("/desk/me/recovery-codes").status_code == 200
        made = Device().make(client.get("/desk/me/passkeys/asked").json())
        assert client.post("/desk/me/passkeys", {"name": "phone", "answer": made}).status_code == 302
