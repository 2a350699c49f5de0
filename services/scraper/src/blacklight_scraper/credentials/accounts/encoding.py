"""Accounts as messages, and their secrets back."""

from __future__ import annotations

from blacklight.scraper.v1 import credential_pb2, credential_service_pb2, session_pb2

from blacklight_scraper.credentials.views import Counts, CredentialView, Holder, Secret
from blacklight_scraper.timestamps import stamp


def decode_secret(given: credential_pb2.CredentialSecret) -> Secret:
    """What an account signs in with."""
    return Secret(username=given.username, password=given.password, cookies=given.cookies, proxy=given.proxy)


def encode_secret(secret: Secret) -> credential_pb2.CredentialSecret:
    """The same as a message, for RevealCredential alone."""
    return credential_pb2.CredentialSecret(
        username=secret.username, password=secret.password, cookies=secret.cookies, proxy=secret.proxy
    )


def encode_credential(view: CredentialView) -> credential_pb2.Credential:
    """An account without its secret."""
    return credential_pb2.Credential(
        credential_id=str(view.credential_id),
        platform=view.platform,
        name=view.name,
        profile_key=view.profile_key,
        notes=view.notes,
        state=credential_pb2.CredentialState.ValueType(view.state),
        failure_count=view.failure_count,
        reap_count=view.reap_count,
        success_count=view.success_count,
        last_success_time=stamp(view.last_success_time),
        last_failure_time=stamp(view.last_failure_time),
        last_failure_reason=session_pb2.FailureReason.ValueType(view.last_failure_reason),
        last_failure_message=view.last_failure_message,
        cooldown_end_time=stamp(view.cooldown_end_time),
        lease=_encode_holder(view.holder) if view.holder else None,
        has_proxy=view.has_proxy,
        create_time=stamp(view.create_time),
        update_time=stamp(view.update_time),
        etag=view.etag,
    )


def encode_counts(counts: Counts) -> credential_service_pb2.CredentialCounts:
    """A platform's accounts by state."""
    return credential_service_pb2.CredentialCounts(
        platform=counts.platform,
        available=counts.available,
        in_use=counts.in_use,
        cooldown=counts.cooldown,
        failed=counts.failed,
        needs_relogin=counts.needs_relogin,
        disabled=counts.disabled,
    )


def _encode_holder(holder: Holder) -> credential_pb2.CredentialLease:
    return credential_pb2.CredentialLease(
        api_key_id=str(holder.api_key_id),
        session_id=str(holder.session_id),
        start_time=stamp(holder.start_time),
        heartbeat_time=stamp(holder.heartbeat_time),
        expire_time=stamp(holder.expire_time),
    )
