"""Links, files, commands, targets, columns and codes in the documents exist, and operators' names are documented."""

import re
from pathlib import Path

import pytest
from django.core.management import get_commands, load_command_class

from accounts.stock.operations import rows
from blacklist.imports.operations import rows as list_rows
from config.kernel.vault.key_marks import WritingCommand
from tests.stack.test_example_environment import explained
from transfers.operations.stock import rows as transfer_rows

ROOT = Path(__file__).resolve().parents[2]
DOCUMENTS = {
    str(path.relative_to(ROOT)): path.read_text() for path in [*ROOT.glob("*.md"), *(ROOT / "docs").rglob("*.md")]
}
PACKAGES = ("accounts", "benchmarks", "blacklist", "config", "transfers")
#: A page of `docs/` as code, templates, tests and settings name it.
NAMED_PAGE = re.compile(r"\bdocs/([\w/-]+\.(?:md|yaml|svg|png))(?:#([\w-]+))?")
#: A page that is put together from its parts, as tests do that read it.
JOINED_PAGE = re.compile(r'"docs" / "([^"]+\.md)"')
DESK_PAGES = ("desk", "desk/teller", "desk/supervisor", "desk/compliance", "desk/auditor", "desk/administrator")
#: What the repository carries of pictures.
PICTURES_MAX, PICTURES_BYTES_MAX = 40, 4_000_000
each_document = pytest.mark.parametrize("name", DOCUMENTS)
#: Commands of Django, changed here; no document tells an operator to run them.
NOT_FOR_OPERATORS = {"changepassword", "createsuperuser", "makemigrations"}
#: `make demo` calls them.
OF_THE_DEMO = {"seed_bank", "seed_day", "seed_principals", "seed_desk_users"}


def own_commands():
    return {name for name, app in get_commands().items() if app.split(".")[0] in PACKAGES}


def anchors(text):
    """Return the anchors that GitHub generates for the headings."""
    headings = re.findall(r"^#+ (.+)$", re.sub(r"```.*?```", "", text, flags=re.DOTALL), re.MULTILINE)
    return {re.sub(r"[^\w\- ]", "", heading.lower()).replace(" ", "-") for heading in headings}


@each_document
def test_each_link_leads_to_a_file_and_a_heading(name):
    here = ROOT / name
    for link in re.findall(r"\]\(([^)\s]+)\)", DOCUMENTS[name]):
        file, _, anchor = link.partition("#")
        target = (here.parent / file).resolve() if file else here
        assert "://" in link or target.exists(), link
        if anchor and "://" not in link:
            assert anchor in anchors(target.read_text()), link


def sources():
    """Return the text of every file that may name a page, by its path."""
    suffixes = {".py", ".html", ".sql", ".yaml", ".yml", ".toml", ".js", ".css", ".txt", ".in", ".sh", ".template"}
    folders = [ROOT / name for name in (*PACKAGES, "tests", "deploy")]
    files = [path for folder in folders for path in folder.rglob("*") if path.suffix in suffixes and path.is_file()]
    named = [ROOT / name for name in ("Makefile", "Dockerfile", ".env.example", "compose.yaml", "pyproject.toml")]
    return {path.relative_to(ROOT): path.read_text() for path in [*files, *named]}


def test_each_page_that_code_names_is_there():
    links = {
        (str(path), page, anchor)
        for path, text in sources().items()
        for page, anchor in [*NAMED_PAGE.findall(text), *((page, "") for page in JOINED_PAGE.findall(text))]
    }
    assert len(links) > 20
    missing = [each for each in links if not (ROOT / "docs" / each[1]).is_file()]
    assert missing == []
    headless = [each for each in links if each[2] and each[2] not in anchors((ROOT / "docs" / each[1]).read_text())]
    assert headless == []


def test_the_readme_links_every_page():
    linked = set(re.findall(r"\]\((docs/[\w/-]+\.md)[)#]", DOCUMENTS["README.md"]))
    pages = {name for name in DOCUMENTS if name.startswith("docs/") and name.count("/") == 1}
    assert sorted(pages - linked) == []


def test_pictures_are_few_small_shown_and_taken():
    pictures = {path.name: path.stat().st_size for path in (ROOT / "docs" / "screenshots").iterdir()}
    shown = set(re.findall(r"screenshots/([\w-]+\.png)\)", " ".join(DOCUMENTS.values())))
    assert set(pictures) == shown
    assert len(pictures) <= PICTURES_MAX
    assert sum(pictures.values()) <= PICTURES_BYTES_MAX
    taken = set(re.findall(r'"([a-z-]+)"', (ROOT / "tests" / "browser" / "screenshots.py").read_text()))
    assert {re.sub(r"-(zh|en-dark)\.png$", "", name) for name in pictures} <= taken


@each_document
def test_each_file_that_is_named_is_there(name):
    named = re.findall(
        r"`((?:\.ci|tests|deploy|benchmarks|config|docs|accounts|transfers|blacklist)/[\w./-]+)", DOCUMENTS[name]
    )
    assert [path for path in named if not (ROOT / path).exists()] == []


@each_document
def test_each_command_that_is_named_is_there(name):
    named = set(re.findall(r"manage\.py ([a-z_]+)", DOCUMENTS[name]))
    assert named <= get_commands().keys()
    targets = set(re.findall(r"^([a-z][a-z-]*):", (ROOT / "Makefile").read_text(), re.MULTILINE))
    assert set(re.findall(r"`make ([a-z-]+)", DOCUMENTS[name])) <= targets


def test_each_target_is_helped_with():
    makefile = (ROOT / "Makefile").read_text()
    targets = set(re.findall(r"\.PHONY: (.*)", makefile)[0].split()) - {"help"}
    assert set(re.findall(r"@echo 'make ([a-z-]+) ", makefile)) == targets


def test_each_command_is_in_the_operators_table():
    tables = DOCUMENTS["docs/run.md"].partition("\n## Commands")[2] + DOCUMENTS["docs/drills.md"]
    first = " ".join(re.findall(r"^\|.*?(`manage.py .*?) \|", tables, re.MULTILINE))
    expected = own_commands() - NOT_FOR_OPERATORS - OF_THE_DEMO - {"migrate"}
    assert [name for name in sorted(expected) if not re.search(rf"\b{name}\b", first)] == []


def test_the_commands_that_write_and_need_the_databases_keys_are_named():
    faults = DOCUMENTS["docs/faults.md"].splitlines()
    row = next(line for line in faults if "of the commands" in line).partition("of the commands")[2]
    writing = {
        name for name in own_commands() if isinstance(load_command_class(get_commands()[name], name), WritingCommand)
    }
    assert set(re.findall(r"`([a-z_]+)`", row)) == writing


def test_each_setting_of_the_table_is_explained_with_the_same_default():
    example = dict(re.findall(r"^#?([A-Z_]+)=(.*)$", (ROOT / ".env.example").read_text(), re.MULTILINE))
    table = DOCUMENTS["docs/settings.md"].partition("\n## Law and dates")[2]
    for names, default in re.findall(r"^\| (`BANK_.*?`) \| (.*?) \|", table, re.MULTILINE):
        each = re.findall(r"`(\w+)`", names)
        assert {*each} <= explained(), names
        if numbers := re.findall(r"(?<!\w)\d+(?!\w)", default.partition(", in a")[0]):
            assert [example[name] for name in each] == numbers, names


def test_each_variable_that_the_example_explains_is_on_the_page_of_settings():
    rows_of_tables = " ".join(re.findall(r"^\| (.*?) \|", DOCUMENTS["docs/settings.md"], re.MULTILINE))
    assert sorted(explained() - set(re.findall(r"`(\w+)`", rows_of_tables))) == []


@pytest.mark.parametrize(
    "name", ["install", "run", "faults", "upgrade", "settings", "drills", "first-day", "performance", *DESK_PAGES]
)
def test_the_contents_of_a_page_are_its_headings(name):
    text = DOCUMENTS[f"docs/{name}.md"]
    before, _, after = text.partition("\n## ")
    listed = re.findall(r"^- \[(.+)\]\(#([\w-]+)\)$", before, re.MULTILINE)
    headings = re.findall(r"^## (.+)$", f"## {after}", re.MULTILINE)
    assert [words for words, _ in listed] == headings


def columns(document, start):
    """Return the names in the table below a heading, row by row."""
    table = DOCUMENTS[document].partition(start)[2].partition("\n\n")[0]
    return [re.findall(r"`([a-z_]+)`", re.sub(r"\([^)]*\)", "", row)) for row in table.splitlines()[2:]]


def test_stock_sheets_have_the_documented_columns():
    documented = {sheet: set(names) for sheet, *names in columns("docs/stock.md", "| Sheet | Columns |")}
    assert documented == {
        "customers": {*rows.CUSTOMER.codes},
        "documents": {*rows.DOCUMENT.codes},
        "accounts": {*rows.ACCOUNT.codes},
        "cards": {*rows.CARD.codes},
        "freezes": {*rows.FREEZE.codes},
        "held_transfers": {*transfer_rows.COLUMNS.codes},
    }


def test_certificate_lists_have_the_documented_columns():
    table = DOCUMENTS["docs/lists.md"].partition("| Column | |")[2].partition("\n\n")[0]
    documented = re.findall(r"`([a-z_]+)`", " ".join(re.findall(r"^\| (.*?) \|", table, re.MULTILINE)))
    assert sorted(documented) == sorted(list_rows.COLUMNS.codes)


def test_codes_that_are_named_are_the_banks():
    sources = "".join(
        path.read_text()
        for package in PACKAGES
        for path in (ROOT / package).rglob("*.py")
        if "migrations" not in path.parts
    )
    known = set(re.findall(r"[A-Z][A-Z0-9]*(?:_[A-Z0-9]+)+", sources))
    named = set(re.findall(r"`(?:\d{3} )?([A-Z][A-Z0-9]*(?:_[A-Z0-9]+)+)`", DOCUMENTS["docs/integrating.md"]))
    assert len(named) > 30
    assert sorted(named - known) == []
