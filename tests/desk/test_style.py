"""The served style sheet is exactly the used part of the kit."""

import hashlib

from tests.desk import style


def test_served_part_equals_the_used_part():
    assert style.SERVED.read_text() == style.used_part(), "run make css"


def test_a_class_that_a_page_names_keeps_its_rules_and_another_goes():
    served = style.SERVED.read_text()
    assert ".card-header{" in served
    assert ".offcanvas" not in served
    assert len(served) < style.KIT.stat().st_size / 4


def test_a_variable_stays_while_something_kept_uses_it():
    css = ':root{--used:1px;--only-used-by-gone:2px;--gone:var(--only-used-by-gone);--quoted:url("a;b")}\n.a{top:var(--used)}\n'
    assert style._without_unused(css, "") == ":root{--used:1px;}\n.a{top:var(--used)}\n"


def test_kit_equals_the_vendored_one():
    expected, name = (style.KIT.parent / "SHA256SUMS").read_text().split()
    assert name == style.KIT.name
    assert hashlib.sha256(style.KIT.read_bytes()).hexdigest() == expected
