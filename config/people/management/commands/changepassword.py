"""Django's command sets a password that another one knows: it is refused here."""

from config.people.management.commands import createsuperuser


class Command(createsuperuser.Command):
    """Refuse, and name what lets somebody set a password of one's own."""

    help = "Refused: people set their own password with an enrolment code; see first_administrators and break_glass."
