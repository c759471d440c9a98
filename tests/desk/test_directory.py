"""Sign-in against a directory: which claims count, who is let in, and the additional second factor."""

import time

import pytest
from django.contrib.auth.models import User
from django.test import Client
from joserfc import jwt
from joserfc.jwk import OctKey, RSAKey

from config.frames.desk import directory
from config.frames.desk.directory import DirectoryAway, DirectoryClaims, DirectoryRefused
from config.kernel.models import SecondFactor, TrailRecord
from config.kernel.vault.sealed import user_key
from tests import people
from tests.desk.pages import text_of
from tests.signed_in_browser import code_of

pytestmark = pytest.mark.django_db

ISSUER, CLIENT = "https://directory.example.com", "desk"
BACK = "/desk/directory/arrived?code=x&state=y"
KEY = RSAKey.generate_key(2048, {"kid": "one"}, private=True)


@pytest.fixture(autouse=True)
def bank(settings, noon):
    settings.OIDC_ISSUER, settings.OIDC_CLIENT_ID, settings.OIDC_CLIENT_SECRET = ISSUER, CLIENT, "a-secret"
    settings.OIDC_SECOND_FACTOR = ["mfa", "urn:two"]


@pytest.fixture
def teller() -> User:
    user = people.signs_in(people.principal("teller"), "teller")
    SecondFactor.objects.create(user=user, name="app")
    return user


@pytest.fixture
def tells(monkeypatch):
    """Return a function that sets the answers of the directory."""

    def client_answered(answer) -> Client:
        def arrive(_request) -> DirectoryClaims:
            if isinstance(answer, Exception):
                raise answer
            return answer

        monkeypatch.setattr(directory, "arrive", arrive)
        return Client()

    return client_answered


def lines() -> list[tuple[str, str]]:
    return list(TrailRecord.objects.order_by("at", "id").values_list("kind", "code"))


def test_two_factors_at_the_directory_open_the_desk(teller, tells):
    client = tells(DirectoryClaims(teller.username, second_factor=True))
    assert client.get(BACK).url == "/desk/"
    assert client.get("/desk/").status_code == 200
    assert lines() == [("sign_in", "")]


def test_the_session_ends_with_the_setting(teller, tells, settings):
    client = tells(DirectoryClaims(teller.username, second_factor=True))
    client.get(BACK)
    settings.OIDC_SECOND_FACTOR = []
    assert client.get("/desk/").status_code == 302


def test_one_factor_at_the_directory_requires_the_banks_own(teller, tells):
    client = tells(DirectoryClaims(teller.username, second_factor=False))
    assert client.get(BACK).url == "/desk/directory/code"
    assert client.get("/desk/").status_code == 302
    assert "不正确" in text_of(client.post("/desk/directory/code", {"code": "000000"}))
    code = code_of(SecondFactor.objects.get(user=teller))
    assert client.post("/desk/directory/code", {"code": code}).url == "/desk/"
    assert client.get("/desk/").status_code == 200
    assert lines() == [("wrong_code", "SECOND_FACTOR_WRONG"), ("sign_in", "")]


def test_own_code_is_asked_for_a_few_minutes_after_the_directorys_sign_in(teller, tells):
    assert Client().get("/desk/directory/code").url == "/desk/sign-in"
    client = tells(DirectoryClaims(teller.username, second_factor=False))
    client.get(BACK)
    session = client.session
    session["desk_directory"] = {"user": teller.pk, "at": time.time() - 301}
    session.save()
    code = code_of(SecondFactor.objects.get(user=teller))
    assert client.post("/desk/directory/code", {"code": code}).url == "/desk/sign-in"


def test_five_wrong_ones_lock_the_name_here_and_by_the_directory(teller, tells):
    client = tells(DirectoryClaims(teller.username, second_factor=False))
    client.get(BACK)
    statuses = []
    for _ in range(5):
        SecondFactor.objects.update(throttling_failure_count=0)
        statuses.append(client.post("/desk/directory/code", {"code": "000000"}).status_code)
    assert statuses == [200] * 4 + [429]
    assert client.get(BACK).status_code == 429


@pytest.mark.parametrize("who", ["unknown", "inactive", "no role"])
def test_person_unknown_to_the_bank_is_not_let_in(teller, tells, who):
    name = {"unknown": "somebody", "inactive": teller.username, "no role": "plain"}[who]
    if who == "inactive":
        User.objects.filter(pk=teller.pk).update(is_active=False)
    if who == "no role":
        people.user("plain")
    before = User.objects.count()
    answer = tells(DirectoryClaims(name, second_factor=True)).get(BACK)
    assert (answer.status_code, "NOT_ENTERED" in text_of(answer)) == (403, True)
    (line,) = TrailRecord.objects.all()
    assert (line.kind, line.code, bytes(line.whom)) == ("wrong_password", "NOT_ENTERED", user_key(name))
    assert name not in str(TrailRecord.objects.values())
    assert User.objects.count() == before


@pytest.mark.parametrize(
    ("raised", "status", "code"), [(DirectoryAway("x"), 503, "DIRECTORY_AWAY"), (DirectoryRefused("x"), 403, "DIRECTORY_REFUSED")]
)  # fmt: skip
def test_errors_are_pages_and_lines_of_the_trail(tells, raised, status, code):
    answer = tells(raised).get(BACK)
    assert (answer.status_code, code in text_of(answer)) == (status, True)
    assert lines() == [("wrong_password", code)]


def test_directory_is_off_by_default(settings):
    settings.OIDC_ISSUER = ""
    paths = ("/desk/directory", "/desk/directory/back", BACK, "/desk/directory/code")
    assert [Client().get(path).status_code for path in paths] == [404] * 4
    assert "统一身份" not in text_of(Client().get("/desk/sign-in"))


@pytest.fixture
def came(rf, monkeypatch):
    """Return a function that gives the result of a sign-in with an ID token and an answer."""

    def token(claims, *, key=KEY, alg="RS256", query="", asked=True) -> DirectoryClaims:
        directory._client_of.cache_clear()
        client = directory._client_of(ISSUER, CLIENT, "a-secret")
        published = {"keys": [KEY.as_dict(private=False)]}
        client.server_metadata.update(
            issuer=ISSUER,
            _loaded_at=1,
            jwks=published,
            id_token_signing_alg_values_supported=["RS256", "HS256", "none"],
        )
        signed = jwt.encode({"alg": alg, "kid": "one"}, claims, key, algorithms=["RS256", "HS256"])
        monkeypatch.setattr(client, "fetch_access_token", lambda **_: {"id_token": signed, "access_token": "x"})
        request = rf.get(f"/desk/directory/arrived?code=x&state=y{query}")
        request.session = {}
        if asked:
            client.framework.set_state_data(request.session, "y", {"nonce": "n", "begun": time.time()})
        return directory.arrive(request)

    return token


def claims(**other):
    now = int(time.time())
    values = {
        "iss": ISSUER,
        "aud": CLIENT,
        "sub": "17",
        "iat": now,
        "exp": now + 60,
        "nonce": "n",
        "preferred_username": "ann",
    }
    return {name: value for name, value in (values | other).items() if value is not None}


@pytest.mark.parametrize(
    ("methods", "two"), [({}, False), ({"amr": ["pwd", "mfa"]}, True), ({"acr": "urn:two"}, True), ({"amr": ["pwd"], "acr": "1"}, False)]
)  # fmt: skip
def test_authentication_methods_are_read_from_the_directory(came, methods, two):
    assert came(claims(**methods)) == DirectoryClaims("ann", two)


@pytest.mark.parametrize(
    "wrong",
    [
        {"nonce": "another"}, {"nonce": None}, {"aud": "another"}, {"iss": "https://elsewhere.example.com"}, {"exp": 1},
        {"auth_time": 1}, {"preferred_username": None}, {"preferred_username": 7}, {"sub": None},
    ],
    ids=str,
)  # fmt: skip
def test_invalid_token_is_refused(came, wrong):
    with pytest.raises(DirectoryRefused):
        came(claims(**wrong))


def test_token_signed_by_another_or_not_requested_is_refused(came):
    other = RSAKey.generate_key(2048, {"kid": "one"}, private=True)
    shared = OctKey.import_key("a-secret")
    for options in (
        {"key": other},
        {"key": shared, "alg": "HS256"},
        {"asked": False},
        {"query": "&iss=https://elsewhere.example.com"},
        {"query": "&error=access_denied"},
    ):
        with pytest.raises(DirectoryRefused):
            came(claims(), **options)
