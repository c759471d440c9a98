"""People from a file (人员名册): proposed together, decided together, and their enrolment codes collected together.

Each person is an administrative act of its own. They carry the id of their file, and take effect in one transaction.
"""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from django.contrib.auth.models import User
from django.db.models import QuerySet

from config.kernel.access.keys import Caller
from config.kernel.access.permissions import Permission, require
from config.kernel.database.ids import new_id
from config.kernel.database.transactions import transaction_required
from config.kernel.intake.tables.columns import Columns, FileColumn
from config.kernel.law.refusals import BadRequest, NotFound, Refusal
from config.kernel.law.text import Text
from config.kernel.models import AdministrationKind, Approval, ApprovalStatus, Person
from config.people import collection
from config.people.proposal_inputs import name_of, staff_number_of
from config.people.staff import PERSON_ROLES, propose_new_person, role_of

#: The most people of one file, as many as a checker can read before one code.
MOST = 200
COLUMNS = Columns(
    FileColumn("name", Text("姓名", "Name")),
    FileColumn("staff_number", Text("工号", "Staff number")),
    FileColumn("role", Text("角色", "Role")),
)
#: The field of a bad request about the file as a whole.
FIELD = "people"


@dataclass(frozen=True, slots=True)
class NewPerson:
    """A row of the file as typed: the staff number is also the user name."""

    name: str
    staff_number: str
    role: str


@dataclass(frozen=True, slots=True)
class Half:
    """One half of a person's enrolment code."""

    name: str
    staff_number: str
    role: str
    code: str
    until: datetime


@transaction_required
def propose_people(*, principal: Caller, people: Sequence[NewPerson]) -> UUID:
    """Propose the people of a file together; return the id of the file.

    :raises BadRequest: when one of them is refused; nothing is proposed then.
    """
    require(principal, Permission.ADMINISTER)
    file_id = new_id()
    for each in people:
        _whole(
            each.staff_number,
            lambda each=each: propose_new_person(  # type: ignore[misc]
                principal=principal, name=each.name, staff_number=each.staff_number, role=each.role, file_id=file_id
            ),
        )
    return file_id


@transaction_required
def decide_people(*, principal: Caller, file_id: UUID, decide: Callable[[UUID], object]) -> int:
    """Decide the waiting people of a file together; return how many.

    :param decide: decides one proposal.
    :raises NotFound: when none waits.
    :raises BadRequest: when one of them is refused; nothing is decided then.
    """
    require(principal, Permission.ADMINISTER)
    waiting = list(proposals_of(file_id).filter(status=ApprovalStatus.PENDING))
    if not waiting:
        raise NotFound
    for each in waiting:
        _whole(each.after["staff_number"], lambda each=each: decide(each.pk))  # type: ignore[misc]
    return len(waiting)


@transaction_required
def collect_halves(*, principal: Caller, file_id: UUID) -> list[Half]:
    """Collect one's own halves of all enrolment codes of a file, for the sheets that are handed over on paper.

    :raises BadRequest: when one was collected before or its time is over; none is collected then.
    """
    found = []
    for each in proposals_of(file_id).filter(status=ApprovalStatus.APPROVED):
        code, until = _whole(
            each.after["staff_number"],
            lambda each=each: collection.collect_enrolment_code(principal=principal, administration_id=each.object_id),  # type: ignore[misc]
        )
        content = each.after
        found.append(Half(content["name"], content["staff_number"], content["role"], code, until))
    return found


def proposals_of(file_id: UUID) -> QuerySet[Approval]:
    """Return the proposals of a file, in its order."""
    found = Approval.objects.filter(kind=AdministrationKind.USER, after__file=str(file_id))
    return found.select_related("made_by", "decided_by").order_by("pk")


def faults_of(people: Sequence[NewPerson]) -> Iterator[tuple[int, str, Text]]:
    """Yield what is wrong with the people of a file: place, column and sentence, without writing anything."""
    numbers = [each.staff_number.strip().upper() for each in people]
    taken = set(Person.objects.filter(staff_number__in=numbers).values_list("staff_number", flat=True))
    taken |= set(User.objects.filter(username__in=numbers).values_list("username", flat=True))
    first: dict[str, int] = {}
    for place, (each, number) in enumerate(zip(people, numbers, strict=True)):
        for column, reader in (("name", name_of), ("staff_number", staff_number_of), ("role", role_of)):
            try:
                reader(getattr(each, column))
            except BadRequest as bad:
                yield place, column, bad.fields[column][0]
        if number in taken:
            yield place, "staff_number", Text("工号已被使用。", "The staff number is in use.")
        if first.setdefault(number, place) != place:
            yield place, "staff_number", Text("工号在文件中重复。", "The file names the staff number twice.")


def role_words() -> str:
    """Return the words that a file may have in the column of roles."""
    return "、".join(str(each.text) for each in PERSON_ROLES)


def _whole[T](staff_number: str, work: Callable[[], T]) -> T:
    """Run an act about one person of a file so that its refusal undoes the acts about the others.

    A refusal would keep what was written before it (`config.kernel.database.transactions.perform`).
    """
    try:
        return work()
    except Refusal as refused:
        zh, en = refused.detail("zh"), refused.detail("en")
        raise BadRequest(
            {FIELD: [Text(f"工号 {staff_number}：{zh}", f"Staff number {staff_number}: {en}")]}
        ) from refused
