"""Filters, orders and pages of postings; and the indexes of the migration that find them (H-20, P-95, P-100).

The plans are those of the role that the service lists as, over enough rows that a scan would not do.
"""

from __future__ import annotations

import re
from datetime import UTC, datetime, timedelta
from uuid import UUID

import psycopg2
import pytest
from blacklight_matching.app import APP
from blacklight_matching.mailboxes.outcomes.service import MailOutcomes
from blacklight_matching.postings.expiry import ExpiryRule
from blacklight_matching.postings.listing.query import PostingQuery
from blacklight_matching.postings.listing.service import PostingList
from blacklight_matching.postings.place_query import PlaceQuery, place_query
from blacklight_matching.postings.service import Postings
from blacklight_servicekit.caller import Caller, CallerKind
from blacklight_servicekit.database import Database
from blacklight_servicekit.errors import Denied
from blacklight_servicekit.ids import new_id
from blacklight_servicekit.paging import PageRequest
from blacklight_testkit.faults import guards
from sqlalchemy import event, text
from sqlalchemy.dialects import postgresql

MIGRATION = "services/matching/migrations/versions/0007_runs_and_imports.py"
ROWS = 30_000

FILL = """
INSERT INTO postings (posting_id, tenant_id, platform, platform_job_id, title, company, location, description, url,
  salary_currency, job_type, experience_level, create_time, last_seen_time, posted_time, end_state, origin, fingerprint)
SELECT uuidv7(), CASE WHEN n % 21 = 0 THEN CAST(:tenant AS uuid) END, 'board' || n % 5, 'id-' || n,
  (ARRAY['Java Developer', 'Data Engineer', 'Nurse', 'Welder'])[1 + n % 4] || ' ' || md5(n::text),
  'Company ' || n % 900,
  (ARRAY['Dallas, TX', 'Austin, TX', 'Boston, MA', 'Remote'])[1 + n % 4] || ' ' || n % 700, 'text', 'https://b.example',
  '', '', '', :now - n * interval '1 minute', :now - n * interval '1 minute', :now - n * interval '2 minutes',
  CASE WHEN n % 400 = 0 THEN 'FILLED' ELSE '' END, 'FLEET', md5(n::text)
FROM generate_series(1, :rows) AS n
"""
READ = """
INSERT INTO posting_readings (posting_id, tenant_id, description, remote, skills, skill_keys, evidence, embedding,
  source_hash, content_hash, search, read_time, workplace, country, company_name)
SELECT posting_id, tenant_id, description, false, '[]', ARRAY['skill' || right(platform_job_id, 3)], '{}',
  array_fill(0, ARRAY[256])::halfvec, '', '',
  setweight(to_tsvector('english', title), 'A') || setweight(to_tsvector('english', company), 'B'), :now,
  CASE WHEN location LIKE 'Remote%' THEN 'REMOTE' ELSE 'ONSITE' END, 'US', company
FROM postings
"""


class Filled:
    """Many postings, shared and one tenant's own, as a list of theirs."""

    def __init__(self, database, clock):
        self.database = database
        self.tenant = new_id()
        postings = Postings(database, clock, ExpiryRule())
        self.listing = PostingList(database, clock, postings, MailOutcomes(database, clock))
        for statement in (FILL, READ):
            with database.platform_transaction() as session:
                session.execute(text(statement), {"tenant": self.tenant, "now": clock.now, "rows": ROWS})

    def plan(self, page_token="", **asked):
        query = PostingQuery(**asked)
        page = PageRequest.of(0, page_token, {"rpc": "ListPostings", "tenant": self.tenant, **query.bound()})
        statement = self.listing.select_page(self.tenant, query, page)
        told = statement.compile(dialect=postgresql.psycopg2.dialect())
        values = {name: str(value) if isinstance(value, UUID) else value for name, value in told.params.items()}
        with self.database.platform_transaction() as session:
            lines = session.connection().exec_driver_sql(f"EXPLAIN {told}", values).scalars().all()
        return "\n".join(lines)

    def page(self, token="", **asked):
        caller = Caller(CallerKind.USER, str(new_id()), self.tenant)
        return self.listing.list_postings(caller, PostingQuery(**asked), page_size=40, page_token=token)


@pytest.fixture(scope="module")
def filled(databases):
    urls = databases.create(APP)
    database = Database(urls.app, urls.platform, pool_size=2)
    clock = _Clock(datetime(2026, 3, 2, tzinfo=UTC))
    filled = Filled(database, clock)
    _analyze(urls)
    yield filled
    database.dispose()
    databases.drop(urls)


class _Clock:
    def __init__(self, now):
        self.now = now

    def __call__(self):
        return self.now


def _analyze(urls):
    connection = psycopg2.connect(urls.owner)
    connection.autocommit = True
    with connection.cursor() as cursor:
        cursor.execute("VACUUM ANALYZE matching.postings; ")
        cursor.execute("VACUUM ANALYZE matching.posting_readings")
    connection.close()


def indexes(plan):
    return set(re.findall(r"(?:using|on) ((?:ix|pk|uq)_\w+)", plan))


BY = [
    ({}, "ix_postings_tenant_id_create_time"),
    ({"state": "ACTIVE"}, "ix_postings_tenant_id_create_time"),
    ({"state": "EXPIRED"}, "ix_postings_tenant_id_last_sign"),
    ({"state": "FILLED"}, "ix_postings_tenant_id_end_state"),
    ({"order_by": "last_seen_time desc"}, "ix_postings_tenant_id_last_seen_time"),
    ({"order_by": "posted_time desc"}, "ix_postings_tenant_id_posted_time"),
    ({"order_by": "title"}, "ix_postings_title"),
    ({"location": "Boston 402"}, "ix_postings_location"),
    ({"search": "c20ad4d76fe97759aa27a0c99bff6710"}, "ix_posting_readings_search"),
    ({"title": "c20ad4d76fe97759aa27a0c99bff6710"}, "ix_posting_readings_search"),
    ({"company": "Company 17"}, "ix_posting_readings_search"),
    ({"skills": ("skill123",)}, "ix_posting_readings_skill_keys"),
]


@pytest.mark.parametrize(("asked", "index"), BY, ids=[index for _, index in BY])
def test_each_filter_and_order_is_answered_by_its_index_and_no_table_is_scanned(filled, asked, index):
    first = filled.plan(**asked)
    assert index in indexes(first), first
    assert "Seq Scan" not in first, first
    _, token = filled.page(**asked)
    if token:
        later = filled.plan(token, **asked)
        assert "Seq Scan" not in later, later


@guards(
    "P-95",
    file=MIGRATION,
    old='    ("ix_postings_title", "postings", \'(tenant_id, lower("left"(title, 80)), posting_id)\'),\n',
    new="",
)
def test_p95_titles_are_looked_up_by_an_index_over_the_expression(filled):
    plan = filled.plan(order_by="title")
    assert indexes(plan) == {"ix_postings_title"}, plan


@guards(
    "P-100",
    file="services/matching/src/blacklight_matching/postings/listing/service.py",
    old="        with transaction as session:\n",
    new="        with self._database.transaction(caller.tenant) as session:\n",
)
@guards(
    "P-100",
    file="services/matching/src/blacklight_matching/postings/listing/service.py",
    old='    return PostingReading.search.op("@@")(asked)\n',
    new='    return PostingReading.description.ilike("%x%")\n',
)
def test_p100_words_are_found_by_the_full_text_index_that_walls_may_forbid(filled):
    """Below row security an index serves only operators that a superuser vouched for; the look-up needs none."""
    plan = filled.plan(search="rareword")
    assert "ix_posting_readings_search" in indexes(plan), plan
    asked = []
    event.listen(filled.database._platform, "before_cursor_execute", lambda *args: asked.append(args[2]))
    filled.page(search="rareword")
    assert [statement for statement in asked if "@@ websearch_to_tsquery" in statement]


@pytest.mark.parametrize("order_by", ["create_time desc", "posted_time desc", "last_seen_time desc", "title"])
def test_pages_of_every_order_give_each_posting_once_in_order(filled, order_by):
    seen, token = [], ""
    for _ in range(6):
        page, token = filled.page(token, order_by=order_by)
        seen += page
    assert len({posting.posting_id for posting in seen}) == len(seen) == 240
    key = {
        "create_time desc": lambda posting: -posting.create_time.timestamp(),
        "posted_time desc": lambda posting: -posting.posted_time.timestamp(),
        "last_seen_time desc": lambda posting: -posting.last_seen_time.timestamp(),
        "title": lambda posting: posting.title.lower(),
    }[order_by]
    assert [key(posting) for posting in seen] == sorted(key(posting) for posting in seen)
    assert {posting.private for posting in seen} == {True, False}


@guards(
    "P-95",
    file="services/matching/src/blacklight_matching/postings/listing/query.py",
    old='(EXPIRED_LATELY if self.state == "EXPIRED" else CREATED)',
    new="CREATED",
)
def test_p95_expired_postings_are_looked_up_past_none_that_is_open(filled):
    plan = filled.plan(state="EXPIRED")
    assert "Index Cond" in plan, plan
    assert "Filter" not in plan, plan


def test_expired_postings_come_as_they_expired_and_are_those_that_are_not_open(matching, build):
    day = timedelta(days=1)
    start = matching.clock.now

    def put(title, seen, posted=None):
        (row,) = matching.take_in([build.draft(title)])
        with matching.database.platform_transaction() as session:
            update = "UPDATE postings SET last_seen_time = :seen, posted_time = :posted WHERE posting_id = :id"
            session.execute(text(update), {"seen": seen, "posted": posted, "id": row.posting_id})

    put("Open to the last", start - 30 * day, start - 60 * day)
    put("Unseen", start - 33 * day)
    put("Old", start, start - 62 * day)
    put("Old and unseen", start - 31 * day, start - 90 * day)
    put("Just unseen", start - 30 * day - timedelta(seconds=1), start)
    user = build.user()
    listed, token = [], ""
    while not listed or token:
        page, token = matching.list_postings(user, state="EXPIRED", page_size=2, page_token=token)
        listed += [posting.title for posting in page]
    assert listed == ["Just unseen", "Old", "Unseen", "Old and unseen"]
    assert found(matching, user, state="ACTIVE") == {"Open to the last"}
    assert found(matching, user, state="EXPIRED", order_by="title") == set(listed)


def found(matching, user, **asked):
    return {posting.title for posting in matching.list_postings(user, **asked)[0]}


def test_filters_find_what_was_read(matching, build):
    matching.take_in([
        build.draft("Java Developer", company="Acme Data, Inc.", location="Dallas, TX"),
        build.draft("Data Engineer", "Python and SQL", company="Globex", location="Boston, Massachusetts"),
        build.draft("Scrum Master", "Jira", company="Data Acme LLC", location="Toronto, Canada"),
    ])  # fmt: skip
    matching.work_off()
    user = build.user()
    assert found(matching, user, title="developer java") == {"Java Developer"}
    assert found(matching, user, title="billing") == set()
    assert found(matching, user, company="ACME DATA") == {"Java Developer"}
    assert found(matching, user, company="data acme incorporated") == {"Scrum Master"}
    assert found(matching, user, location="TX") == found(matching, user, location="Texas") == {"Java Developer"}
    assert found(matching, user, location="Boston, MA") == {"Data Engineer"}
    assert found(matching, user, location="Canada") == {"Scrum Master"}
    assert found(matching, user, skills=("python", "SQL")) == {"Data Engineer"}
    assert found(matching, user, title="' | ) &") == set()
    assert found(matching, user, location="') | (") == set()


@pytest.mark.parametrize(
    ("place", "asked"),
    [
        ("Dallas, TX", PlaceQuery(words="('dallas') & ('tx' | ('texas'))")),
        ("New Hampshire", PlaceQuery(words="('nh' | ('new' <-> 'hampshire'))")),
        ("USA", PlaceQuery(country="US")),
        ("United Kingdom", PlaceQuery(country="GB")),
        ("'); --", PlaceQuery()),
    ],
)
def test_a_place_is_asked_for_by_its_words_or_its_country(place, asked):
    assert place_query(place) == asked


def test_postings_of_a_colleagues_mailbox_are_for_who_may_see_all(matching, build):
    user, colleague = build.user(), new_id()
    with pytest.raises(Denied) as refused:
        matching.list_postings(user, sourced_by=colleague)
    assert refused.value.reason == "OTHERS_MAILBOXES"
    allowed = Caller(CallerKind.USER, user.id, user.tenant_id, frozenset({"mailboxes.view_all"}))
    for caller, whom in ((allowed, colleague), (user, UUID(user.id))):
        assert matching.list_postings(caller, sourced_by=whom) == ([], "")
