"""Every variable that the settings read is explained in .env.example, and none that they do not."""

import re
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
OF_COMPOSE = {
    "POSTGRES_PASSWORD",
    "BANK_OWNER_PASSWORD",
    "BANK_APP_PASSWORD",
    "VALKEY_PASSWORD",
    "BANK_TLS_DIRECTORY",
    "BANK_INSIDE",
}


def read_by_settings():
    sources = "".join(path.read_text() for path in (ROOT / "config" / "settings").glob("*.py"))
    return set(re.findall(r'env\.\w+\(\s*"([A-Z_]+)"', sources))


def explained():
    return set(re.findall(r"^#? ?([A-Z_]+)=", (ROOT / ".env.example").read_text(), flags=re.MULTILINE))


def test_the_example_explains_exactly_what_the_settings_read():
    assert explained() == read_by_settings() | OF_COMPOSE


def test_compose_asks_for_nothing_that_the_example_does_not_explain():
    asked = set(re.findall(r"\$\{([A-Z_]+)", (ROOT / "compose.yaml").read_text()))
    assert asked <= explained()
