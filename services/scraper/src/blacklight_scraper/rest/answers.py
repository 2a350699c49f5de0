"""What hosts are answered by REST, as plain data for JSON. Pure."""

from __future__ import annotations

import json
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import asdict
from typing import Any

from blacklight_scraper.credentials.views import LeaseStanding, LeaseView
from blacklight_scraper.queue.states import QueueStatsView
from blacklight_scraper.sessions.states import SUCCESS, AssignmentView, RunState

Json = dict[str, Any]


def claimed(assignments: Sequence[AssignmentView], names: Mapping[str, str]) -> Json:
    """All assignments, and the first one's fields beside them, for hosts that know of one only.

    `names` are the platforms' display names.
    """
    each = [assignment(found, names) for found in assignments]
    return {**each[0], "assignments": each}


def assignment(found: AssignmentView, names: Mapping[str, str]) -> Json:
    """One assignment. Secrets of accounts are not in it: they are leased one by one, by the session's id."""
    made: Json = {
        "session_id": str(found.session_id),
        "role": {
            "id": str(found.role_id),
            "name": found.role_name,
            "aliases": list(found.aliases),
            "category": None,
            "candidate_count": found.candidate_count,
            "search_queries": list(found.search_queries),
        },
        "platforms": [{"id": name, "name": name, "display_name": names.get(name, name)} for name in found.platforms],
        "role_location_queue_id": str(found.target_id),
    }
    if found.location:
        made["location"] = found.location
    if found.candidate_query:
        made["candidate_query"] = found.candidate_query
    return made


def current(found: AssignmentView | None, names: Mapping[str, str]) -> Json:
    """The session to go on with, with the platforms that are not reported yet."""
    if found is None:
        return {"has_active_session": False, "session": None}
    pending = [name for name in found.platforms if name not in found.reported]
    whole = assignment(found, names)
    kept = [platform for platform in whole["platforms"] if platform["name"] in pending]
    session = {**whole, "status": "in_progress", "platforms": kept, "pending_platforms": pending}
    return {"has_active_session": True, "session": session}


def progress(runs: Mapping[str, RunState]) -> Json:
    """How far a session's platforms are."""
    completed = sum(state in SUCCESS for state in runs.values())
    pending = sum(state is RunState.PENDING for state in runs.values())
    return {
        "platforms_total": len(runs),
        "platforms_completed": completed,
        "platforms_failed": len(runs) - completed - pending,
        "platforms_pending": pending,
    }


def stats(found: QueueStatsView, platforms: Collection[str]) -> Json:
    """How the queue stands, on the platforms that the key allows."""
    return {
        "pending": found.pending,
        "approved": found.approved,
        "in_progress": found.in_progress,
        "rejected": found.rejected,
        "platforms": [asdict(each) for each in found.platforms if each.platform in platforms],
    }


def errors(refused: Iterable[Any]) -> list[Json]:
    """The jobs that were not taken (messages of PostingRefusal), by their place in the submission."""
    return [
        {"index": each.index, "field": each.field, "reason": each.reason, "message": each.message} for each in refused
    ]


def no_usable_job(message: str, reason: str, refused: Iterable[Any]) -> Json:
    """The error of a submission of which nothing can be taken: the gateway's form, and each job's fault."""
    return {"error": "bad_request", "message": message, "status": 400, "reason": reason, "errors": errors(refused)}


def lease(found: LeaseView) -> Json:
    """An account with its secret: `email` and `password`, or `credentials`, the JSON it signs in with otherwise."""
    return {
        "id": str(found.credential_id),
        "platform": found.platform,
        "name": found.name,
        "session_id": str(found.session_id),
        "profile_key": found.profile_key or None,
        "proxy": found.proxy or None,
        "lease_token": str(found.lease_token),
        "email": found.username or None,
        "password": found.password or None,
        "credentials": _json(found.cookies),
        "expire_time": found.expire_time.isoformat(),
    }


def _json(text: str) -> Any:
    try:
        return json.loads(text) if text else None
    except ValueError:
        return text


def standing(found: LeaseStanding) -> Json:
    """Where a lease stands after a report."""
    expires = found.expire_time.isoformat() if found.expire_time else None
    return {"status": "held" if found.held else "released", "held": found.held, "expire_time": expires}
