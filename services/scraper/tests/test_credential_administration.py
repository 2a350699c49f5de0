"""Accounts over the wire, for administrators."""

from __future__ import annotations

from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from typing import Any
from uuid import uuid4

import grpc
import pytest
from blacklight.scraper.v1 import credential_pb2, platform_service_pb2
from blacklight.scraper.v1 import credential_service_pb2 as pb
from blacklight.scraper.v1.credential_service_pb2_grpc import CredentialServiceStub
from blacklight_testkit.faults import guards
from google.protobuf.field_mask_pb2 import FieldMask
from google.protobuf.json_format import MessageToJson

STATES = credential_pb2.CredentialState
ACCOUNTS = "services/scraper/src/blacklight_scraper/credentials/accounts/service.py"
CANARIES = {
    "username": "canary-user@example.com",
    "password": "canary-password-1",
    "cookies": '[{"name": "li_at", "value": "canary-cookie-1"}]',
    "proxy": "http://canary-proxy:1@proxy.example:8080",
}


class Desk:
    """An administrator at work on accounts."""

    def __init__(self, scraper: Any) -> None:
        self.scraper = scraper
        self.stub = CredentialServiceStub(scraper.app.channel)
        platform = platform_service_pb2.Platform(
            name="linkedin",
            display_name="LinkedIn",
            enabled=True,
            login=platform_service_pb2.PLATFORM_LOGIN_PASSWORD,
            session_cookie="li_at",
        )
        request = platform_service_pb2.CreatePlatformRequest(platform=platform)
        scraper.platforms.CreatePlatform(request, metadata=scraper.admin)

    def call(self, method: str, request: Any) -> Any:
        return getattr(self.stub, method)(request, metadata=self.scraper.admin)

    def create(self, name: str = "one", **given: Any) -> Any:
        secret = given.pop("secret", {"username": "ann", "password": "correct horse"})
        fields = {"platform": "linkedin", "name": name, **given}
        return self.call("CreateCredential", pb.CreateCredentialRequest(**fields, secret=secret))

    def about(self, method: str, made: Any, **given: Any) -> Any:
        request = getattr(pb, f"{method}Request")
        return self.call(method, request(credential_id=made.credential_id, **given))

    def update(self, made: Any, *paths: str, secret: Any = None, etag: str = "", **fields: Any) -> Any:
        credential = credential_pb2.Credential(credential_id=made.credential_id, etag=etag, **fields)
        request = pb.UpdateCredentialRequest(credential=credential, secret=secret, update_mask=FieldMask(paths=paths))
        return self.call("UpdateCredential", request)

    def set_state(self, made: Any, state: int) -> None:
        self.scraper.rows(
            "UPDATE scraper.credentials SET state = :state, failure_count = 2, reap_count = 1,"
            " last_failure_message = 'no', cooldown_end_time = now() + interval '1 hour'"
            " WHERE credential_id = :id RETURNING 1",
            state=state,
            id=made.credential_id,
        )

    def audited(self) -> list[tuple[str, dict[str, Any]]]:
        rows = self.scraper.rows(
            "SELECT action, changes FROM scraper.audit_log WHERE action LIKE 'credential.%' ORDER BY sequence"
        )
        return [(row.action, row.changes) for row in rows]


@pytest.fixture
def desk(scraper: Any) -> Desk:
    return Desk(scraper)


def test_answers_an_account_without_its_secret(desk: Desk) -> None:
    made = desk.create(secret=CANARIES, profile_key="warm-1", notes="bought in March")
    assert (made.platform, made.name, made.profile_key, made.notes) == ("linkedin", "one", "warm-1", "bought in March")
    assert (made.state, made.has_proxy) == (STATES.CREDENTIAL_STATE_AVAILABLE, True)
    assert desk.about("GetCredential", made) == made
    assert "canary" not in str(made)


def test_answers_a_repeated_create_with_the_same_account(desk: Desk, failure_of: Any) -> None:
    request_id = str(uuid4())
    with ThreadPoolExecutor(6) as pool:
        made = list(pool.map(lambda _: desk.create(request_id=request_id), range(6)))
    assert len({each.credential_id for each in made}) == 1
    other = {"username": "ann", "password": "another"}
    assert failure_of(lambda: desk.create(request_id=request_id, secret=other)).reason == "REQUEST_ID_REUSED"
    assert [action for action, _ in desk.audited()] == ["credential.created"]


@pytest.mark.parametrize(
    ("given", "reason", "code"),
    [
        ({"platform": "nowhere"}, "UNKNOWN_PLATFORM", "INVALID_ARGUMENT"),
        ({"platform": "dice"}, "PLATFORM_NEEDS_NO_ACCOUNT", "FAILED_PRECONDITION"),
        ({"secret": {"username": "ann"}}, "SECRET_EMPTY", "INVALID_ARGUMENT"),
        ({"secret": {"cookies": "li_at=1"}}, "COOKIES_NOT_JSON", "INVALID_ARGUMENT"),
        ({"secret": {"cookies": '{"other": "1"}'}}, "SESSION_COOKIE_MISSING", "INVALID_ARGUMENT"),
        ({"name": ""}, "INVALID_FIELD", "INVALID_ARGUMENT"),
        ({"secret": None}, "INVALID_FIELD", "INVALID_ARGUMENT"),
    ],
)
def test_refuses_an_account_that_could_not_be_used(
    desk: Desk, failure_of: Any, given: dict[str, Any], reason: str, code: str
) -> None:
    failed = failure_of(lambda: desk.create(**given))
    assert (failed.reason, failed.code) == (reason, code)


def test_refuses_a_name_that_the_platform_has_until_it_is_deleted(desk: Desk, failure_of: Any) -> None:
    first, second = desk.create("one"), desk.create("two")
    assert failure_of(lambda: desk.create("one")).reason == "CREDENTIAL_NAME_TAKEN"
    assert failure_of(lambda: desk.update(second, "name", name="one")).reason == "CREDENTIAL_NAME_TAKEN"
    desk.about("DeleteCredential", first)
    assert desk.update(second, "name", name="one").name == "one"


def test_writes_the_masked_fields_under_the_etag(desk: Desk, failure_of: Any) -> None:
    made = desk.create()
    changed = desk.update(made, "notes", notes="new", name="ignored", etag=made.etag)
    assert (changed.notes, changed.name) == ("new", "one")
    assert failure_of(lambda: desk.update(made, "notes", notes="x", etag=made.etag)).reason == "ETAG_MISMATCH"
    assert failure_of(lambda: desk.update(made, "notes", notes="x" * 1001)).fields == ("notes",)
    assert failure_of(lambda: desk.update(made, "state")).reason == "UNKNOWN_FIELD"
    assert failure_of(lambda: desk.update(made, "secret")).reason == "SECRET_EMPTY"
    nobody = credential_pb2.Credential(credential_id="no uuid")
    assert failure_of(lambda: desk.update(nobody, "notes")).reason == "INVALID_FIELD"


def test_replaces_a_secret_whole(desk: Desk) -> None:
    made = desk.create(secret=CANARIES)
    assert not desk.update(made, "secret", secret={"username": "bob", "password": "new"}).has_proxy
    shown = desk.about("RevealCredential", made, purpose="to check the change")
    assert (shown.username, shown.password, shown.cookies, shown.proxy) == ("bob", "new", "", "")
    assert desk.audited()[1] == ("credential.updated", {"fields": ["secret"]})


@guards(
    "P-15",
    file=ACCOUNTS,
    old='session, caller, "credential.revealed", credential_id, changes={"purpose": purpose}',
    new='session, caller, "credential.read", credential_id',
)
def test_p15_nobody_sees_a_secret_without_a_trace_of_who_and_why(desk: Desk, failure_of: Any) -> None:
    made = desk.create(secret=CANARIES)
    shown = desk.about("RevealCredential", made, purpose="sign in by hand")
    assert {name: getattr(shown, name) for name in CANARIES} == CANARIES
    [row] = desk.scraper.rows("SELECT * FROM scraper.audit_log WHERE action = 'credential.revealed'")
    assert (row.entity_id, row.changes, row.actor_kind) == (
        made.credential_id,
        {"purpose": "sign in by hand"},
        "PLATFORM_ADMIN",
    )
    assert failure_of(lambda: desk.about("RevealCredential", made, purpose="no")).fields == ("purpose",)


def test_pages_accounts_by_platform_and_name_through_its_filters(desk: Desk, failure_of: Any) -> None:
    made = {name: desk.create(name) for name in ("b", "c", "a")}
    desk.about("DisableCredential", made["c"])

    def listed(**given: Any) -> list[str]:
        names, token = [], ""
        while True:
            request = pb.ListCredentialsRequest(page_size=1, page_token=token, **given)
            answer = desk.call("ListCredentials", request)
            names += [each.name for each in answer.credentials]
            token = answer.next_page_token
            if not token:
                return names

    assert listed() == ["a", "b", "c"]
    assert listed(platform="linkedin", state=STATES.CREDENTIAL_STATE_AVAILABLE) == ["a", "b"]
    assert listed(state=STATES.CREDENTIAL_STATE_DISABLED) == ["c"]
    assert listed(platform="dice") == []
    token = desk.call("ListCredentials", pb.ListCredentialsRequest(page_size=1)).next_page_token
    other = pb.ListCredentialsRequest(page_token=token, platform="linkedin")
    assert failure_of(lambda: desk.call("ListCredentials", other)).reason == "PAGE_TOKEN_MISMATCH"


def test_counts_and_lists_an_account_as_available_once_its_rest_is_over(desk: Desk, clock: Any) -> None:
    made = [desk.create(str(number)) for number in range(3)]
    desk.set_state(made[0], STATES.CREDENTIAL_STATE_COOLDOWN)
    desk.about("DisableCredential", made[1])

    def counts() -> tuple[int, int, int]:
        [each] = desk.call("ListCredentialCounts", pb.ListCredentialCountsRequest()).counts
        return each.available, each.cooldown, each.disabled

    assert counts() == (1, 1, 1)
    clock.advance(timedelta(hours=2))
    assert counts() == (2, 0, 1)
    assert desk.about("GetCredential", made[0]).state == STATES.CREDENTIAL_STATE_AVAILABLE


@pytest.mark.parametrize(
    ("state", "enable", "reset"),
    [
        ("AVAILABLE", False, False),
        ("COOLDOWN", False, True),
        ("FAILED", False, True),
        ("NEEDS_RELOGIN", False, True),
        ("DISABLED", True, False),
    ],
)
def test_makes_available_again_only_what_the_verb_is_for(
    desk: Desk, failure_of: Any, state: str, enable: bool, reset: bool
) -> None:
    for method, allowed in (("EnableCredential", enable), ("ResetCredential", reset)):
        made = desk.create(method)
        desk.set_state(made, STATES.Value(f"CREDENTIAL_STATE_{state}"))
        if not allowed:
            failed = failure_of(lambda made=made, method=method: desk.about(method, made))
            assert (failed.code, failed.reason) == ("FAILED_PRECONDITION", "CREDENTIAL_STATE")
            continue
        after = desk.about(method, made)
        assert after.state == STATES.CREDENTIAL_STATE_AVAILABLE
        assert not after.HasField("cooldown_end_time")
        kept = (after.failure_count, after.reap_count, after.last_failure_message)
        assert kept == ((0, 0, "") if method == "ResetCredential" else (2, 1, "no"))


def test_disables_once_and_says_so_in_the_audit_log(desk: Desk) -> None:
    made = desk.create()
    assert desk.about("DisableCredential", made) == desk.about("DisableCredential", made)
    assert desk.audited()[1:] == [("credential.disabled", {"from": "AVAILABLE", "to": "DISABLED"})]


def test_erases_the_secret_of_a_deleted_account(desk: Desk, failure_of: Any) -> None:
    made = desk.create()
    desk.about("DeleteCredential", made)
    [row] = desk.scraper.rows("SELECT secret, delete_time FROM scraper.credentials")
    assert row.secret is None
    assert row.delete_time is not None
    for method in ("GetCredential", "DeleteCredential", "DisableCredential", "EnableCredential", "ResetCredential"):
        assert failure_of(lambda method=method: desk.about(method, made)).reason == "CREDENTIAL_NOT_FOUND"
    assert failure_of(lambda: desk.about("RevealCredential", made, purpose="a look")).code == "NOT_FOUND"
    assert failure_of(lambda: desk.update(made, "notes")).code == "NOT_FOUND"


def every_call(desk: Desk) -> Iterator[Any]:
    """Every RPC, done and refused, with secrets in each message that can hold one."""
    request_id = str(uuid4())
    made = desk.create(secret=CANARIES, request_id=request_id)
    yield made
    yield desk.create(secret=CANARIES, request_id=request_id)
    yield lambda: desk.create(secret={**CANARIES, "password": "canary-password-2"}, request_id=request_id)
    yield lambda: desk.create(secret={**CANARIES, "cookies": '{"canary-cookie-2": "canary"}'})
    yield lambda: desk.create(secret={**CANARIES, "cookies": "canary-cookie-3"})
    yield lambda: desk.create("two", platform="canary", secret=CANARIES)
    yield lambda: desk.create("two", platform="dice", secret=CANARIES)
    yield lambda: desk.create("two", secret={**CANARIES, "username": "canary" * 60})
    yield lambda: desk.create("two", notes="\0", secret=CANARIES)
    yield desk.update(made, "secret", secret=CANARIES)
    yield lambda: desk.update(made, "secret", secret={"cookies": "canary"})
    yield lambda: desk.update(made, "secret", secret={"proxy": "canary" * 200})
    yield lambda: desk.update(made, "secret", secret=CANARIES, etag="stale")
    for method in ("GetCredential", "DisableCredential", "EnableCredential"):
        yield desk.about(method, made)
    yield lambda: desk.about("ResetCredential", made)
    yield desk.call("ListCredentials", pb.ListCredentialsRequest())
    yield desk.call("ListCredentialCounts", pb.ListCredentialCountsRequest())
    desk.about("RevealCredential", made, purpose="the one that may")
    yield lambda: desk.about("RevealCredential", made, purpose="")
    yield desk.about("DeleteCredential", made)


def test_says_no_secret_in_answers_errors_logs_events_or_the_database(desk: Desk, capfd: Any) -> None:
    said = []
    for step in every_call(desk):
        if not callable(step):
            said.append(MessageToJson(step))
            continue
        with pytest.raises(grpc.RpcError) as caught:
            step()
        said.append(f"{caught.value.details()} {caught.value.trailing_metadata()}")
    said += capfd.readouterr()
    tables = ["credentials", "audit_log", "fleet_events", "outbox", "request_log"]
    said += [str(desk.scraper.rows(f"SELECT each::text FROM scraper.{table} AS each")) for table in tables]
    assert "credential.deleted" in "".join(said)
    assert "rpc.finished" in "".join(said)
    assert [text for text in said if "canary-" in text] == []
