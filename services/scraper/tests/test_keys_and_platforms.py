"""API keys and job boards over the wire."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from typing import Any
from uuid import uuid4

import grpc
import pytest
from blacklight.scraper.v1 import api_key_pb2, api_key_service_pb2, platform_service_pb2
from blacklight_servicekit import server
from google.protobuf.field_mask_pb2 import FieldMask


def test_shows_a_secret_once_and_stores_its_hash_only(scraper: Any) -> None:
    request = api_key_service_pb2.CreateApiKeyRequest(name="one", platforms=["dice"])
    made = scraper.keys.CreateApiKey(request, metadata=scraper.admin)
    assert made.secret.startswith("blk_")
    assert len(made.secret) == 47
    assert made.secret.startswith(made.api_key.prefix)
    listed = scraper.keys.ListApiKeys(api_key_service_pb2.ListApiKeysRequest(), metadata=scraper.admin)
    assert made.secret not in str(listed)
    assert made.secret not in str(scraper.rows("SELECT api_keys::text FROM scraper.api_keys"))
    assert made.secret not in str(scraper.rows("SELECT * FROM scraper.audit_log"))


def test_answers_a_repeated_create_with_the_same_key_without_its_secret(scraper: Any) -> None:
    request = api_key_service_pb2.CreateApiKeyRequest(name="one", platforms=["dice"], request_id=str(uuid4()))
    with ThreadPoolExecutor(8) as pool:
        made = list(pool.map(lambda _: scraper.keys.CreateApiKey(request, metadata=scraper.admin), range(8)))
    assert len({answer.api_key.api_key_id for answer in made}) == 1
    assert len([answer for answer in made if answer.secret]) == 1
    assert scraper.rows("SELECT count(*) AS n FROM scraper.api_keys")[0].n == 1


def test_refuses_a_name_in_use_until_its_key_is_revoked(scraper: Any, failure_of: Any) -> None:
    scraper.add_key("one")
    failed = failure_of(lambda: scraper.add_key("one"))
    assert (failed.reason, failed.fields) == ("API_KEY_NAME_TAKEN", ("name",))
    revoke(scraper, "one")
    assert scraper.add_key("one")


def test_refuses_a_key_for_a_platform_that_is_not_there(scraper: Any, failure_of: Any) -> None:
    failed = failure_of(lambda: scraper.add_key("one", ["dice", "nowhere"]))
    assert (failed.reason, failed.fields) == ("UNKNOWN_PLATFORM", ("platforms",))


def revoke(scraper: Any, name: str) -> Any:
    [row] = scraper.rows(
        "SELECT api_key_id FROM scraper.api_keys WHERE name = :name AND revoke_time IS NULL", name=name
    )
    request = api_key_service_pb2.RevokeApiKeyRequest(api_key_id=str(row.api_key_id))
    return scraper.keys.RevokeApiKey(request, metadata=scraper.admin)


def test_revokes_for_ever(scraper: Any) -> None:
    # P-16: a revoked key could be activated again.
    scraper.add_key("one")
    revoked = revoke(scraper, "one")
    assert revoked.state == api_key_pb2.API_KEY_STATE_REVOKED
    request = api_key_service_pb2.RevokeApiKeyRequest(api_key_id=revoked.api_key_id)
    assert scraper.keys.RevokeApiKey(request, metadata=scraper.admin).revoke_time == revoked.revoke_time


@pytest.mark.parametrize("secret", ["", "blk_", "blk_" + "a" * 43, "nonsense"])
def test_admits_no_unknown_key(scraper: Any, secret: str) -> None:
    stream = scraper.connect(secret)
    with pytest.raises(grpc.RpcError) as caught:
        stream.hello()
    assert caught.value.code() in (grpc.StatusCode.UNAUTHENTICATED, grpc.StatusCode.PERMISSION_DENIED)


def test_ends_the_open_stream_of_a_revoked_key(scraper: Any, monkeypatch: Any) -> None:
    monkeypatch.setattr(server, "RECHECK_SECONDS", 0.5)
    stream = scraper.connect(scraper.add_key("one"))
    stream.hello()
    revoke(scraper, "one")
    with pytest.raises(grpc.RpcError) as caught:
        stream.receive()
    assert caught.value.code() == grpc.StatusCode.UNAUTHENTICATED


def test_notes_the_last_use_to_the_minute(scraper: Any) -> None:
    stream = scraper.connect(scraper.add_key("one"))
    stream.hello()
    [row] = scraper.rows("SELECT last_used_time FROM scraper.api_keys")
    assert (row.last_used_time.second, row.last_used_time.microsecond) == (0, 0)


def test_answers_an_alike_platform_and_refuses_another_of_its_name(scraper: Any, failure_of: Any) -> None:
    scraper.add_platforms("dice")
    platform = platform_service_pb2.Platform(name="dice", display_name="Other", priority=1)
    request = platform_service_pb2.CreatePlatformRequest(platform=platform)
    failed = failure_of(lambda: scraper.platforms.CreatePlatform(request, metadata=scraper.admin))
    assert (failed.reason, failed.fields) == ("PLATFORM_EXISTS", ("platform.name",))


def test_writes_the_masked_fields_under_the_etag(scraper: Any, failure_of: Any) -> None:
    def update(*paths: str, **fields: Any) -> Any:
        request = platform_service_pb2.UpdatePlatformRequest(
            platform=platform_service_pb2.Platform(name="dice", **fields), update_mask=FieldMask(paths=paths)
        )
        return scraper.platforms.UpdatePlatform(request, metadata=scraper.admin)

    before = scraper.platforms.GetPlatform(platform_service_pb2.GetPlatformRequest(name="dice"), metadata=scraper.admin)
    after = update("priority", priority=7, display_name="ignored", etag=before.etag)
    assert (after.priority, after.display_name, after.enabled) == (7, "Dice", True)
    stale = failure_of(lambda: update("priority", priority=8, etag=before.etag))
    assert (stale.reason, stale.fields) == ("ETAG_MISMATCH", ("etag",))
    assert failure_of(lambda: update("priority", priority=1001)).fields == ("priority",)
    assert failure_of(lambda: update("name")).reason == "UNKNOWN_FIELD"


def test_lists_platforms_by_priority(scraper: Any) -> None:
    scraper.add_platforms("aaa", "bbb")
    listed = scraper.platforms.ListPlatforms(platform_service_pb2.ListPlatformsRequest(), metadata=scraper.admin)
    assert [platform.name for platform in listed.platforms] == ["aaa", "dice", "bbb", "indeed"]
