"""Keys as messages, and back."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

from blacklight.scraper.v1 import api_key_pb2, api_key_service_pb2
from blacklight_servicekit.errors import Invalid
from google.protobuf.duration_pb2 import Duration
from google.protobuf.timestamp_pb2 import Timestamp

from blacklight_scraper.keys.states import DEFAULT_OVERLAP, DEFAULT_RATE
from blacklight_scraper.keys.views import ApiKeyView, KeyDraft
from blacklight_scraper.timestamps import stamp


def decode_draft(given: api_key_service_pb2.CreateApiKeyRequest) -> KeyDraft:
    """A key to be made. Raises Invalid for a time that is none."""
    return KeyDraft(
        name=given.name,
        platforms=tuple(given.platforms),
        description=given.description,
        rate_limit_per_minute=given.rate_limit_per_minute or DEFAULT_RATE,
        expire_time=_time_of(given.expire_time, "expire_time") if given.HasField("expire_time") else None,
    )


def probe_of(given: api_key_pb2.ApiKey) -> api_key_service_pb2.CreateApiKeyRequest:
    """The writable fields of a key as the request that makes one, whose rules hold for updates as well."""
    return api_key_service_pb2.CreateApiKeyRequest(
        name=given.name,
        platforms=given.platforms,
        description=given.description,
        rate_limit_per_minute=given.rate_limit_per_minute,
        expire_time=given.expire_time if given.HasField("expire_time") else None,
    )


def decode_overlap(request: api_key_service_pb2.RotateApiKeyRequest) -> timedelta:
    """How long the old secret still admits; a day when it is not said."""
    given: Duration = request.overlap
    return given.ToTimedelta() if request.HasField("overlap") else DEFAULT_OVERLAP


def encode_api_key(view: ApiKeyView) -> api_key_pb2.ApiKey:
    """A key as a message."""
    return api_key_pb2.ApiKey(
        api_key_id=str(view.api_key_id),
        name=view.name,
        platforms=view.platforms,
        prefix=view.prefix,
        state=api_key_pb2.ApiKeyState.ValueType(view.state),
        create_time=stamp(view.create_time),
        last_used_time=stamp(view.last_used_time),
        revoke_time=stamp(view.revoke_time),
        description=view.description,
        rate_limit_per_minute=view.rate_limit_per_minute,
        expire_time=stamp(view.expire_time),
        created_by=view.created_by,
        revoked_by=view.revoked_by,
        usage_count=view.usage_count,
        posting_count=view.posting_count,
        previous_secret_expire_time=stamp(view.previous_secret_expire_time),
        etag=view.etag,
    )


def _time_of(stamp: Timestamp, field: str) -> datetime:
    try:
        return stamp.ToDatetime(tzinfo=UTC)
    except (ValueError, OverflowError) as error:
        raise Invalid(f"{field} is no time from year 1 to 9999", reason="INVALID_FIELD", field=field) from error
