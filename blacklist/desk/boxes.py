"""Boxes of a form as templates draw them: a label, what was typed, what is wrong with it."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field

from blacklist.vocabulary import AuthorityLevel, Category, LegalBasis, SubjectKind
from config.desk.labels import title, value_word
from config.kernel.identity.vocabulary import DocumentType
from config.kernel.text import Text, language

type Choices = Sequence[tuple[str, str]]


@dataclass(frozen=True, slots=True)
class Box:
    """One box (输入项).

    :ivar type: `text`, `select`, or `date`, a day typed as YYYY-MM-DD or as eight digits.
    :ivar path: the field it fills, as the contract calls it; errors come under this name.
    """

    name: str
    path: str
    label: str
    value: str = ""
    type: str = "text"
    choices: Choices = ()
    errors: tuple[str, ...] = ()
    help: str = ""
    required: bool = False
    maxlength: int | None = None
    width: str = "col-md-6"
    # It bears on the verdict shown beside the form: the page asks again when it changes.
    live: bool = False


@dataclass(frozen=True, slots=True)
class RowOfBoxes:
    """One row of a form that can have several: a subject, a case account."""

    token: str
    kind: str
    boxes: tuple[Box, ...]
    errors: tuple[str, ...] = ()


@dataclass(slots=True)
class Faults:
    """What is wrong, by the path of the field; what no box shows is left for the top of the form."""

    by_path: Mapping[str, Sequence[str]] = field(default_factory=dict)
    shown: set[str] = field(default_factory=set)

    def at(self, *paths: str) -> tuple[str, ...]:
        """Return what is wrong at a field, and note that it is shown there."""
        self.shown.update(paths)
        return tuple(str(each) for path in paths for each in self.by_path.get(path, ()))

    def left(self) -> list[str]:
        """Return what no box has shown."""
        return [str(each) for path, told in self.by_path.items() if path not in self.shown for each in told]


def choices(values: Iterable[str]) -> Choices:
    """Return codes with their words in the reader's language."""
    return [(str(value), title(value_word("", str(value)))) for value in values]


def document_choices() -> Choices:
    """Return the kinds of documents in the reader's language."""
    return [(kind.value, title(kind.en) if language() == "en" else kind.zh) for kind in DocumentType]


def level_choices() -> Choices:
    """Return the ranks of authorities, the highest first."""
    return [("", "-"), *choices(AuthorityLevel.values)]


def category_choices() -> Choices:
    """Return what a certificate can certify."""
    return [("", "-"), *choices(Category.values)]


def basis_choices() -> Choices:
    """Return what a certificate can rest on."""
    return choices(LegalBasis.values)


def kind_choices() -> Choices:
    """Return whom a certificate can name."""
    return choices(SubjectKind.values)


def document_boxes(
    prefix: str, path: str, values: Mapping[str, str], faults: Faults, *, required: bool = False
) -> tuple[Box, ...]:
    """Return the boxes of one document: kind, number, and the country of a passport.

    :param prefix: what the boxes' names begin with.
    :param path: where the contract has the document.
    """
    return (
        Box(
            f"{prefix}type",
            f"{path}.type",
            Text("证件种类", "Kind of document"),
            values.get("type", ""),
            "select",
            document_choices(),
            faults.at(f"{path}.type"),
            width="col-md-4",
        ),
        Box(
            f"{prefix}number",
            f"{path}.number",
            Text("证件号码", "Document number"),
            values.get("number", ""),
            errors=faults.at(f"{path}.number", path),
            required=required,
            maxlength=64,
            width="col-md-5",
        ),
        Box(
            f"{prefix}country",
            f"{path}.country",
            Text("签发国（仅护照）", "Country (passport only)"),
            values.get("country", ""),
            errors=faults.at(f"{path}.country"),
            maxlength=3,
            width="col-md-3",
        ),
    )
