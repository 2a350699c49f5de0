"""Guards of faults of matches (spec section 7)."""

from __future__ import annotations

from dataclasses import replace

from blacklight_matching.matches.encoding import encode_match
from blacklight_testkit.faults import guards
from sqlalchemy import event, text


def listed(matching, user, candidate_id):
    page, _ = matching.matches.list_of_candidate(user, candidate_id, page_size=200, page_token="")
    return page


@guards(
    "P-04",
    file="services/matching/migrations/versions/0001_first_tables.py",
    old='    secure(op, SCHEMA, "candidate_matches", Kind.TENANT)\n',
    new='    op.execute(f"GRANT SELECT, INSERT, UPDATE, DELETE ON {SCHEMA}.candidate_matches TO PUBLIC")\n',
)
def test_p04_a_posting_shows_a_tenant_only_its_own_candidates(matching, build):
    matching.take_in([build.draft()])
    matching.work_off()
    tenants = []
    for _ in range(2):
        user, profile = build.user(), build.profile()
        matching.ready(user, profile)
        tenants.append((user, profile))
    for user, profile in tenants:
        (own,) = listed(matching, user, profile.candidate_id)
        page, _ = matching.matches.list_of_posting(user, own.posting_id, page_size=10, page_token="")
        assert [match.candidate_id for match in page] == [profile.candidate_id]
        with matching.database.transaction(user.tenant) as session:  # no filter: the wall itself
            assert session.scalar(text("SELECT count(*) FROM candidate_matches")) == 1


@guards(
    "P-04",
    file="services/matching/src/blacklight_matching/matches/encoding.py",
    old="        candidate_id=str(match.candidate_id),\n        candidate_name=match.candidate_name,\n",
    new="        candidate_id=str(match.match_id),\n        candidate_name=match.candidate_name,\n",
)
def test_p04_a_match_names_its_candidate_where_the_candidate_belongs(matching, build):
    user, profile = build.user(), build.profile()
    matching.take_in([build.draft()])
    matching.work_off()
    matching.ready(user, profile)
    (match,) = listed(matching, user, profile.candidate_id)
    shown = encode_match(match)
    assert (shown.candidate_id, shown.match_id) == (str(profile.candidate_id), str(match.match_id))


@guards(
    "P-76",
    file="services/matching/src/blacklight_matching/matches/service.py",
    old="        statement = statement.order_by(key.desc(), CandidateMatch.match_id)\n",
    new="",
)
def test_p76_lists_read_and_order_what_is_stored(matching, build):
    user, profile = build.user(), build.profile()
    matching.take_in([build.draft() for _ in range(12)])
    matching.work_off()
    matching.ready(user, profile)
    with matching.database.transaction(user.tenant) as session:
        ids = list(session.scalars(text("SELECT match_id FROM candidate_matches ORDER BY match_id")))
        scores = {match_id: 3_000 + 500 * ((5 * place) % 12) for place, match_id in enumerate(ids)}
        for match_id, score in scores.items():
            told = {"score": score, "id": match_id}
            session.execute(text("UPDATE candidate_matches SET score = :score WHERE match_id = :id"), told)
    found = [(match.match_id, match.score) for match in listed(matching, user, profile.candidate_id)]
    assert found == sorted(scores.items(), key=lambda pair: (-pair[1], pair[0]))


@guards(
    "P-76",
    file="services/matching/src/blacklight_matching/matches/service.py",
    old="session.execute(statement.limit(page.size + 1)).all(), key=",
    new="session.execute(statement).all(), key=",
)
@guards(
    "P-76",
    file="services/matching/src/blacklight_matching/matches/service.py",
    old="            return self.views(session, caller.tenant, [row[0] for row in rows]), token\n",
    new="            scored = list(self._postings.blocks(session, caller.tenant, 500))\n"
    "            return self.views(session, caller.tenant, [row[0] for row in rows if scored]), token\n",
)
def test_p76_a_page_reads_its_own_rows_and_nothing_to_score_with(matching, build):
    user, profile = build.user(), build.profile()
    matching.take_in([build.draft() for _ in range(12)])
    matching.work_off()
    matching.ready(user, profile)
    asked = []
    engine = matching.database._app
    event.listen(engine, "after_cursor_execute", lambda *args: asked.append((args[2], args[1].rowcount)))
    page, token = matching.matches.list_of_candidate(user, profile.candidate_id, page_size=3, page_token="")
    assert (len(page), bool(token)) == (3, True)
    assert asked
    assert max(count for _, count in asked) <= 4
    assert not [statement for statement, _ in asked if "embedding" in statement]


@guards(
    "P-77",
    file="services/matching/src/blacklight_matching/profiles/service.py",
    old="_TAKES_PART = and_(CandidateProfile.matchable, CandidateProfile.content_hash.is_not(None))",
    new="_TAKES_PART = and_(CandidateProfile.content_hash.is_not(None))",
)
def test_p77_who_takes_no_part_is_met_by_no_way(matching, build):
    user, before, after = build.user(), build.profile(matchable=False), build.profile(matchable=False)
    matching.ready(user, before)
    matching.take_in([build.draft()])
    matching.work_off()
    matching.ready(user, after)
    for profile in (before, after):
        assert listed(matching, user, profile.candidate_id) == []
    matching.ready(user, replace(after, version=2, matchable=True))
    assert len(listed(matching, user, after.candidate_id)) == 1
    with matching.database.transaction(user.tenant) as session:
        # And it is the same for whoever is asked for everybody.
        assert matching.profiles.block(session, user.tenant).ids == [after.candidate_id]
