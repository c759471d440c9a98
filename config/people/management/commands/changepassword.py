"""Replacement of Django's command, which would set a password known to another person: it always refuses."""

from config.people.management.commands import createsuperuser


class Command(createsuperuser.Command):
    """Refuse, and name the command with which a person sets the own password."""

    help = "Refused: people set their own password with an enrolment code; see first_administrators and break_glass."
