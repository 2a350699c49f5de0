"""A key's life: changed, paused, rotated, expired, revoked; and how many calls it may begin."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta
from typing import Any

import grpc
import pytest
from blacklight.scraper.v1 import api_key_pb2
from blacklight.scraper.v1 import api_key_service_pb2 as pb
from blacklight_scraper.keys.states import KeyState, key_state
from blacklight_testkit.faults import guards
from google.protobuf.duration_pb2 import Duration
from google.protobuf.field_mask_pb2 import FieldMask
from google.protobuf.timestamp_pb2 import Timestamp

KEYS = "services/scraper/src/blacklight_scraper/keys/service.py"
SERVICER = "services/scraper/src/blacklight_scraper/keys/servicer.py"
NOW = datetime(2026, 3, 1, tzinfo=UTC)


class Office:
    """An administrator at work on keys."""

    def __init__(self, scraper: Any) -> None:
        self.scraper = scraper

    def call(self, method: str, **given: Any) -> Any:
        request = getattr(pb, f"{method}Request")(**given)
        return getattr(self.scraper.keys, method)(request, metadata=self.scraper.admin)

    def create(self, **given: Any) -> Any:
        return self.call("CreateApiKey", **{"name": "host", "platforms": ["dice"], **given})

    def about(self, method: str, made: Any, **given: Any) -> Any:
        return self.call(method, api_key_id=made.api_key.api_key_id, **given)

    def update(self, made: Any, *paths: str, **fields: Any) -> Any:
        key = api_key_pb2.ApiKey(api_key_id=made.api_key.api_key_id, **fields)
        return self.call("UpdateApiKey", api_key=key, update_mask=FieldMask(paths=paths))

    def code_of(self, secret: str) -> str:
        """How a new stream with this secret is met."""
        stream = self.scraper.connect(secret)
        try:
            stream.hello()
        except grpc.RpcError as error:
            return str(error.code().name)
        finally:
            stream.close()
        return "OK"

    def forget(self) -> None:
        """As if ten seconds had passed: what the cache knows of keys is gone."""
        import redis

        with redis.Redis.from_url(self.scraper.settings.redis_url.get_secret_value()) as client:
            for name in client.scan_iter("scraper:api_key:*"):
                client.delete(name)

    def audited(self) -> list[str]:
        rows = self.scraper.rows("SELECT action FROM scraper.audit_log WHERE action LIKE 'api_key.%' ORDER BY sequence")
        return [row.action for row in rows]


@pytest.fixture
def own_settings() -> dict[str, Any]:
    return {"recheck_seconds": 0.3}


@pytest.fixture
def office(scraper: Any) -> Office:
    return Office(scraper)


def stamp(time: datetime) -> Timestamp:
    made = Timestamp()
    made.FromDatetime(time)
    return made


@pytest.mark.parametrize(
    ("revoked", "expires", "paused", "state"),
    [
        (None, None, None, KeyState.ACTIVE),
        (None, NOW + timedelta(seconds=1), None, KeyState.ACTIVE),
        (None, NOW, None, KeyState.EXPIRED),
        (None, None, NOW, KeyState.PAUSED),
        (None, NOW, NOW, KeyState.EXPIRED),
        (NOW, NOW, NOW, KeyState.REVOKED),
    ],
)
def test_judges_a_key_by_what_is_final_first(revoked: Any, expires: Any, paused: Any, state: KeyState) -> None:
    assert key_state(revoke_time=revoked, expire_time=expires, pause_time=paused, now=NOW) is state


def test_records_who_made_and_who_revoked_a_key(office: Office) -> None:
    # P-16: neither was ever filled in.
    made = office.create(description="the host in the cellar", rate_limit_per_minute=7)
    [row] = office.scraper.rows("SELECT actor_id FROM scraper.audit_log WHERE action = 'api_key.created'")
    assert made.api_key.created_by == row.actor_id
    assert (made.api_key.description, made.api_key.rate_limit_per_minute) == ("the host in the cellar", 7)
    assert office.create(name="other").api_key.rate_limit_per_minute == 600
    assert office.about("RevokeApiKey", made).revoked_by == row.actor_id


def test_writes_the_masked_fields_under_the_etag(office: Office, failure_of: Any) -> None:
    made = office.create()
    changed = office.update(made, "description", "platforms", description="new", platforms=["indeed"], name="ignored")
    assert (changed.description, changed.platforms, changed.name) == ("new", ["indeed"], "host")
    stale = failure_of(lambda: office.update(made, "name", name="x", etag=made.api_key.etag))
    assert stale.reason == "ETAG_MISMATCH"
    office.create(name="other")
    assert failure_of(lambda: office.update(made, "name", name="other")).reason == "API_KEY_NAME_TAKEN"
    assert failure_of(lambda: office.update(made, "platforms", platforms=["nowhere"])).reason == "UNKNOWN_PLATFORM"
    assert failure_of(lambda: office.update(made, "platforms")).fields == ("platforms",)
    assert failure_of(lambda: office.update(made, "rate_limit_per_minute", rate_limit_per_minute=60_001)).fields
    assert failure_of(lambda: office.update(made, "usage_count")).reason == "UNKNOWN_FIELD"
    past = stamp(datetime.now(UTC) - timedelta(days=1))
    assert failure_of(lambda: office.update(made, "expire_time", expire_time=past)).reason == "EXPIRE_TIME_PAST"
    never = Timestamp(seconds=10**14)
    assert failure_of(lambda: office.update(made, "expire_time", expire_time=never)).reason == "INVALID_FIELD"


def test_pauses_and_resumes_a_key_and_says_so_once(office: Office) -> None:
    made = office.create()
    assert office.about("PauseApiKey", made).state == api_key_pb2.API_KEY_STATE_PAUSED
    office.about("PauseApiKey", made)
    assert office.code_of(made.secret) == "UNAUTHENTICATED"
    assert office.about("ResumeApiKey", made).state == api_key_pb2.API_KEY_STATE_ACTIVE
    office.about("ResumeApiKey", made)
    office.forget()
    assert office.code_of(made.secret) == "OK"
    assert office.audited() == ["api_key.created", "api_key.paused", "api_key.resumed"]
    kinds = [row.kind for row in office.scraper.rows("SELECT kind FROM scraper.fleet_events ORDER BY event_id")]
    assert [kind for kind in kinds if kind.startswith("api_key.")] == ["api_key.paused", "api_key.resumed"]


@guards("P-16", file=KEYS, old="            raise KeyRevoked\n", new="            pass\n")
def test_p16_nothing_brings_a_revoked_key_back(office: Office, failure_of: Any) -> None:
    made = office.create()
    office.about("RotateApiKey", made)
    office.about("RevokeApiKey", made)
    for method in ("ResumeApiKey", "PauseApiKey", "RotateApiKey"):
        failed = failure_of(lambda method=method: office.about(method, made))
        assert (failed.code, failed.reason) == ("FAILED_PRECONDITION", "KEY_REVOKED")
    assert failure_of(lambda: office.update(made, "name", name="x")).reason == "KEY_REVOKED"
    assert office.about("GetApiKey", made).state == api_key_pb2.API_KEY_STATE_REVOKED
    assert office.code_of(made.secret) == "UNAUTHENTICATED"


@guards("P-16", file=SERVICER, old='calls_per_minute=found["rate"]', new="calls_per_minute=0")
def test_p16_a_key_begins_no_more_calls_than_its_limit(office: Office, failure_of: Any) -> None:
    secret, other = office.create(rate_limit_per_minute=2).secret, office.create(name="other").secret
    assert [office.code_of(secret) for _ in range(4)] == ["OK", "OK", "RESOURCE_EXHAUSTED", "RESOURCE_EXHAUSTED"]
    assert office.code_of(other) == "OK"
    refused = failure_of(lambda: office.scraper.connect(secret).hello())
    assert refused.reason == "RATE_LIMITED"


def test_does_not_count_what_is_said_in_a_stream(office: Office) -> None:
    stream = office.scraper.connect(office.create(rate_limit_per_minute=1).secret)
    stream.hello()
    for _ in range(5):
        assert stream.claim("dice").WhichOneof("message")


@pytest.mark.parametrize("method", ["PauseApiKey", "RevokeApiKey", "RotateApiKey"])
def test_ends_open_streams_of_a_key_that_is_no_more(office: Office, method: str) -> None:
    made = office.create()
    stream = office.scraper.connect(made.secret)
    stream.hello()
    overlap = {"overlap": Duration()} if method == "RotateApiKey" else {}
    office.about(method, made, **overlap)
    office.forget()
    with pytest.raises(grpc.RpcError) as caught:
        list(stream.call)
    assert caught.value.code() == grpc.StatusCode.UNAUTHENTICATED


def test_admits_the_old_secret_until_the_overlap_is_over(office: Office, clock: Any) -> None:
    made = office.create()
    rotated = office.about("RotateApiKey", made, overlap=Duration(seconds=3600))
    assert rotated.secret.startswith(rotated.api_key.prefix)
    assert rotated.api_key.HasField("previous_secret_expire_time")
    assert [office.code_of(secret) for secret in (made.secret, rotated.secret)] == ["OK", "OK"]
    clock.advance(timedelta(hours=1))
    office.forget()
    assert [office.code_of(secret) for secret in (made.secret, rotated.secret)] == ["UNAUTHENTICATED", "OK"]
    assert not office.about("GetApiKey", made).HasField("previous_secret_expire_time")


def test_keeps_one_old_secret_only_a_day_by_default_and_none_when_told_so(office: Office) -> None:
    made = office.create()
    first = office.about("RotateApiKey", made)
    until = first.api_key.previous_secret_expire_time.ToDatetime(tzinfo=UTC)
    assert timedelta(hours=23) < until - datetime.now(UTC) <= timedelta(hours=24)
    second = office.about("RotateApiKey", made)
    codes = [office.code_of(each.secret) for each in (made, first, second)]
    assert codes == ["UNAUTHENTICATED", "OK", "OK"]
    third = office.about("RotateApiKey", made, overlap=Duration())
    office.forget()
    assert [office.code_of(each.secret) for each in (second, third)] == ["UNAUTHENTICATED", "OK"]


def test_stops_admitting_when_a_keys_time_is_over(office: Office, clock: Any) -> None:
    made = office.create(expire_time=stamp(datetime.now(UTC) + timedelta(hours=1)))
    assert office.code_of(made.secret) == "OK"
    clock.advance(timedelta(hours=2))
    office.forget()
    assert office.code_of(made.secret) == "UNAUTHENTICATED"
    assert office.about("GetApiKey", made).state == api_key_pb2.API_KEY_STATE_EXPIRED


def test_refuses_a_key_that_would_have_expired_already(office: Office, failure_of: Any) -> None:
    past = stamp(datetime.now(UTC) - timedelta(seconds=1))
    assert failure_of(lambda: office.create(expire_time=past)).reason == "EXPIRE_TIME_PAST"


def test_sums_the_postings_taken_from_a_key_over_its_batches(office: Office, draft: Any) -> None:
    made, other = office.create(), office.create(name="other")
    office.scraper.add_role()
    stream = office.scraper.connect(made.secret)
    stream.hello()
    assignment = stream.assignment("dice")
    stream.batch(assignment, 1, draft(1), draft(2), draft(3, title=""))
    stream.batch(assignment, 2, draft(4))
    assert [office.about("GetApiKey", key).posting_count for key in (made, other)] == [3, 0]


def test_rotates_to_one_secret_whoever_else_rotates_at_once(office: Office) -> None:
    made = office.create()
    with ThreadPoolExecutor(6) as pool:
        given = list(pool.map(lambda _: office.about("RotateApiKey", made, overlap=Duration()), range(6)))
    assert sorted(office.code_of(each.secret) for each in given) == ["OK"] + ["UNAUTHENTICATED"] * 5
