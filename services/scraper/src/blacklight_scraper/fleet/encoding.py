"""Answers and pushed messages, field by field."""

from __future__ import annotations

from collections.abc import Iterable

from blacklight.scraper.v1 import fleet_service_pb2 as pb
from google.protobuf.message import Message

from blacklight_scraper.claims.states import Claimed
from blacklight_scraper.credentials.views import LeaseStanding, LeaseView
from blacklight_scraper.fleet.credits import Window
from blacklight_scraper.fleet.standing import Order
from blacklight_scraper.sessions.refusals import RefusalView
from blacklight_scraper.sessions.states import AssignmentView, OpenSessionView
from blacklight_scraper.timestamps import stamp

_NAMED = ("session_id", "sequence", "claim_id", "credential_id", "platform")
"""What a refusal repeats of the message that it refuses."""


def encode_refusal(view: RefusalView, refused: Message) -> pb.ConnectResponse:
    """A refusal, with the ids that the refused message names, so that the host knows which it was."""
    named = {name: getattr(refused, name) for name in _NAMED if name in refused.DESCRIPTOR.fields_by_name}
    refusal = pb.Refusal(
        reason=view.reason,
        message=view.message,
        field=view.field,
        expected_sequence=view.expected_sequence,
        **named,
    )
    return pb.ConnectResponse(refusal=refusal)


def encode_order(order: Order) -> pb.Directive:
    """A directive."""
    return pb.Directive(
        kind=pb.DirectiveKind.ValueType(order.kind),
        platform=order.platform,
        session_id=order.session_id,
        message=order.message,
    )


def encode_credits(window: Window) -> pb.ConnectResponse:
    """A changed window."""
    return pb.ConnectResponse(credits=pb.Credits(window=window.batches, window_bytes=window.bytes))


def encode_assignment(view: AssignmentView, leases: Iterable[LeaseView] = ()) -> pb.Assignment:
    """A role to work."""
    return pb.Assignment(
        claim_id=str(view.claim_id),
        session_id=str(view.session_id),
        fencing_token=view.fencing_token,
        role_id=str(view.role_id),
        role_name=view.role_name,
        aliases=view.aliases,
        platforms=view.platforms,
        location=view.location,
        candidate_query=view.candidate_query,
        search_queries=view.search_queries,
        leases=map(encode_lease, leases or view.leases),
        target_id=str(view.target_id),
    )


def encode_claimed(claim_id: str, claimed: Claimed, retry_after_seconds: int) -> pb.ConnectResponse:
    """Roles to work, or why there is none and when to ask again."""
    if claimed.assignments:
        given = map(encode_assignment, claimed.assignments)
        return pb.ConnectResponse(assignments=pb.Assignments(claim_id=claim_id, assignments=given))
    standings = (
        pb.PlatformStanding(platform=each.platform, reason=pb.NothingReason.ValueType(each.reason))
        for each in claimed.standings
    )
    nothing = pb.NothingToClaim(claim_id=claim_id, retry_after_seconds=retry_after_seconds, platforms=standings)
    return pb.ConnectResponse(nothing=nothing)


def encode_open_session(view: OpenSessionView, leases: Iterable[LeaseView]) -> pb.OpenSession:
    """A session to go on with."""
    return pb.OpenSession(
        assignment=encode_assignment(view.assignment, leases),
        last_acknowledged_sequence=view.last_sequence,
        reported_platforms=view.reported,
    )


def encode_lease(view: LeaseView) -> pb.Lease:
    """An account, with its secret: only ever for its holder."""
    return pb.Lease(
        credential_id=str(view.credential_id),
        platform=view.platform,
        session_id=str(view.session_id),
        lease_token=str(view.lease_token),
        name=view.name,
        profile_key=view.profile_key,
        proxy=view.proxy,
        username=view.username,
        password=view.password,
        cookies=view.cookies,
        expire_time=stamp(view.expire_time),
    )


def encode_lease_standing(credential_id: str, standing: LeaseStanding) -> pb.ConnectResponse:
    """Where a lease stands after what was said of it."""
    expires = stamp(standing.expire_time) if standing.expire_time is not None else None
    answer = pb.LeaseAnswer(credential_id=credential_id, held=standing.held, expire_time=expires)
    return pb.ConnectResponse(lease=answer)


def encode_leased(view: LeaseView) -> pb.ConnectResponse:
    """The account that was asked for."""
    answer = pb.LeaseAnswer(
        credential_id=str(view.credential_id),
        held=True,
        expire_time=stamp(view.expire_time),
        lease=encode_lease(view),
    )
    return pb.ConnectResponse(lease=answer)
