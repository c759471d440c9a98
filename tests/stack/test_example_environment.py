"""Every variable that the settings read is explained in .env.example, and none that they do not."""

import base64
import os
import re
import subprocess
import sys
from pathlib import Path

import pytest

from config.stack.lint import PRODUCTION

ROOT = Path(__file__).resolve().parents[2]
OF_COMPOSE = {
    "POSTGRES_PASSWORD",
    "BANK_OWNER_PASSWORD",
    "BANK_APP_PASSWORD",
    "VALKEY_PASSWORD",
    "BANK_TLS_DIRECTORY",
    "BANK_INSIDE",
    "BANK_PUBLIC_HOST",
    "BANK_GATEWAYS",
    "BANK_REQUESTS_PER_SECOND",
    "BANK_REQUESTS_AT_ONCE",
    "BANK_CONNECTIONS_PER_ADDRESS",
}


def read_by_settings():
    sources = "".join(path.read_text() for path in (ROOT / "config" / "settings").glob("*.py"))
    return set(re.findall(r'env\.\w+\(\s*"([A-Z_]+)"', sources))


def explained():
    return set(re.findall(r"^#? ?([A-Z_]+)=", (ROOT / ".env.example").read_text(), flags=re.MULTILINE))


def test_example_explains_exactly_the_settings_that_are_read():
    assert explained() == read_by_settings() | OF_COMPOSE


def test_compose_asks_for_nothing_that_the_example_does_not_explain():
    asked = set(re.findall(r"\$\{([A-Z_]+)", (ROOT / "compose.yaml").read_text()))
    assert asked <= explained()


def filled_in(text: str) -> str:
    """Fill in what must be set, as the head of the example says."""
    key, password = (
        subprocess.run([sys.executable, "-c", words], capture_output=True, text=True, check=True).stdout.strip()
        for words in re.findall(r"python3 -c '(.+)'$", text, re.MULTILINE)[:2]
    )
    index = base64.b64encode(bytes(range(7, 39))).decode()
    given = {
        "BANK_SECRET_KEY": password,
        "BANK_FIELD_KEYS": f"1:{key}",
        "BANK_INDEX_KEY": index,
        "BANK_CODE": "OPBANK",
        "BANK_LEGAL_BASIS_WHEN_MISSING": "BY_DATE",
        "DATABASE_URL": "postgresql://bank@/bank?host=/nowhere",
        "REDIS_URL": "redis://valkey.example/0",
        "BROKER_URL": "amqp://bank:secret@rabbit.example:5672/bank",
        "BANK_OIDC_CLIENT_ID": "bank",
        "BANK_OIDC_CLIENT_SECRET": "secret",
    }
    for name, value in given.items():
        text, found = re.subn(rf"^(#?){name}=$", rf"\g<1>{name}={value}", text, flags=re.MULTILINE)
        assert found == 1, name
    return text


@pytest.mark.parametrize("all_of_it", [False, True], ids=["what must be set", "all of it"])
def test_example_filled_in_by_its_commands_is_a_valid_configuration(tmp_path, all_of_it):
    text = filled_in((ROOT / ".env.example").read_text())
    optional = r"^#([A-Z_]+=)" if all_of_it else r"^#(DATABASE_URL|REDIS_URL)="
    text = re.sub(optional, r"\1" if all_of_it else r"\1=", text, flags=re.MULTILINE)
    (tmp_path / "env").write_text(text)
    done = subprocess.run(
        ["/bin/sh", "-euc", 'set -a; . "$1"; exec "$2" manage.py check --deploy --fail-level WARNING', "sh",
         tmp_path / "env", sys.executable],
        cwd=ROOT, env={"PATH": os.environ["PATH"]}, capture_output=True, text=True, check=False,
    )  # fmt: skip
    assert (done.returncode, done.stderr) == (0, ""), done.stderr


#: What has no default: the bank says it, or it is an example.
EXAMPLES = {
    "BANK_BEHIND_PROXY",
    "BANK_OIDC_SECOND_FACTOR",
    "BANK_PASSKEY_DOMAIN",
    "BANK_PASSKEY_ORIGINS",
    "BANK_OIDC_ISSUER",
}


def test_optional_settings_have_their_defaults_in_the_example():
    text = (ROOT / ".env.example").read_text()
    optional = dict(re.findall(r"^#([A-Z_]+)=\"?(.+?)\"?$", text, re.MULTILINE))
    words = "import config.settings.production as s; print({k: v for k, v in vars(s).items() if k.isupper()})"

    def settings(**said: str) -> str:
        environment = {"PATH": os.environ["PATH"], "PYTHONHASHSEED": "0", **PRODUCTION, **said}
        return subprocess.run(
            [sys.executable, "-c", words], cwd=ROOT, env=environment, stdout=subprocess.PIPE, text=True, check=True
        ).stdout

    assert settings(**{name: value for name, value in optional.items() if name not in EXAMPLES}) == settings()
