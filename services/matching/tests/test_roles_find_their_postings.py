"""A role that comes after its postings, or is named anew, has them as well; each link once, whoever asks."""

from __future__ import annotations

from uuid import UUID

import pytest
from blacklight_matching.postings.models import PostingReading
from blacklight_matching.postings.naming.service import PostingNaming, _has_words_of
from blacklight_testkit.faults import guards
from sqlalchemy import select, text
from sqlalchemy.dialects import postgresql

NAMING = "services/matching/src/blacklight_matching/postings/naming/service.py"


def link_what_is_named(matching):
    """What the relay would deliver; how many events that were."""
    naming, delivered = PostingNaming(matching.database, matching.clock, matching.roles), 0
    while True:
        with matching.database.platform_transaction() as session:
            taken = text("DELETE FROM outbox WHERE kind = 'role.named' RETURNING payload")
            payloads = session.scalars(taken).all()
        if not payloads:
            return delivered
        delivered += len(payloads)
        for payload in payloads:
            before = payload.get("before")
            naming.link(None, UUID(payload["role_id"]), UUID(before) if before else None)


def read(matching, *drafts, **order):
    ids = [UUID(row.posting_id) for row in matching.take_in(list(drafts), **order)]
    matching.work_off()
    return ids


def of_role(matching, user, role_id):
    listed, _ = matching.list_postings(user, page_size=200, role_id=role_id)
    return {posting.posting_id for posting in listed}


@guards(
    "P-36",
    file="services/matching/src/blacklight_matching/roles/service.py",
    old='        outbox.add(session, "role.named", {"role_id": str(role_id)}, tenant_id=None)\n',
    new="        pass\n",
)
def test_p36_a_role_made_after_its_postings_were_read_has_them(matching, build):
    user = build.user()
    named = read(matching, build.draft("Java Developer"), build.draft("Sr. Java Developer (Remote)"))
    (other,) = read(matching, build.draft("Registered Nurse"))
    _, role_id = matching.roles.resolve_names(None, ["Barista", "Java Developer"])
    link_what_is_named(matching)
    assert of_role(matching, user, role_id) == set(named)
    assert other not in of_role(matching, user, role_id)


@guards("P-36", file=NAMING, old="            session.execute(_LINK, told)\n", new="")
@pytest.mark.parametrize("how", ["alias", "rename", "merge", "approve"])
def test_p36_a_role_that_gets_a_name_gets_its_postings(matching, build, how):
    user, admin = build.user(), build.admin()
    role_id, searched = matching.roles.resolve_names(None, ["Registered Nurse", "Java Developer"])
    link_what_is_named(matching)
    if how == "approve":
        matching.decisions.reject(admin, role_id, reason="", etag="")
    title = "Registered Nurse" if how == "approve" else "Bedside Wizard"
    # One of them was searched for another role, and keeps it.
    wanted = [*read(matching, build.draft(title)), *read(matching, build.draft(title), role_id=searched)]
    assert of_role(matching, user, role_id) == set()
    if how == "approve":
        matching.decisions.approve(admin, role_id, etag="")
    if how == "alias":
        matching.decisions.add_alias(admin, role_id, "Bedside Wizard")
    elif how == "rename":
        matching.decisions.rename(admin, role_id, "Bedside Wizard", etag="")
    elif how == "merge":
        (wizard,) = matching.roles.resolve_names(None, ["Bedside Wizard"])
        matching.decisions.merge(admin, wizard, role_id, etag="")
    link_what_is_named(matching)
    assert of_role(matching, user, role_id) == set(wanted)
    assert of_role(matching, user, searched) == {wanted[1]}


@guards("P-36", file=NAMING, old="            if len(page) == PAGE:\n", new="            if False:\n")
def test_p36_all_pages_are_linked_and_each_is_an_event_of_its_own(matching, build, monkeypatch):
    monkeypatch.setattr("blacklight_matching.postings.naming.service.PAGE", 3)
    named = read(matching, *(build.draft("Java Developer") for _ in range(7)))
    (role_id,) = matching.roles.resolve_names(None, ["Java Developer"])
    assert link_what_is_named(matching) == 3
    assert of_role(matching, build.user(), role_id) == set(named)


def test_a_posting_read_after_its_title_became_an_alias_is_of_the_role(matching, build):
    user, admin = build.user(), build.admin()
    (role_id,) = matching.roles.resolve_names(None, ["Registered Nurse"])
    matching.decisions.add_alias(admin, role_id, "Bedside Wizard")
    link_what_is_named(matching)
    late = read(matching, build.draft("Bedside Wizard"), build.draft("Bedside Wizard - Remote"))
    assert of_role(matching, user, role_id) == set(late)


def test_a_role_that_is_rejected_or_gone_meanwhile_gets_nothing(matching, build):
    admin = build.admin()
    read(matching, build.draft("Java Developer"))
    (role_id,) = matching.roles.resolve_names(None, ["Java Developer"])
    matching.decisions.reject(admin, role_id, reason="", etag="")
    link_what_is_named(matching)
    with matching.database.platform_transaction() as session:
        assert session.scalar(text("SELECT count(*) FROM posting_roles")) == 0


def test_candidates_that_come_and_go_have_no_postings_looked_up(matching, build):
    matching.ready(build.user(), build.profile())
    link_what_is_named(matching)
    matching.ready(build.user(), build.profile())
    assert link_what_is_named(matching) == 0


def test_titles_are_found_by_their_words_in_an_index(matching, build):
    read(matching, *(build.draft(f"Java Developer {n}") for n in range(40)))
    statement = select(PostingReading.posting_id).where(_has_words_of(["Java Developer", "Node.js Developer"]))
    asked = statement.compile(dialect=postgresql.dialect(), compile_kwargs={"literal_binds": True})
    with matching.database.platform_transaction() as session:
        session.execute(text("SET LOCAL enable_seqscan = off"))
        plan = "\n".join(session.scalars(text(f"EXPLAIN {asked}")))
        assert "ix_posting_readings_title_words" in plan, plan
