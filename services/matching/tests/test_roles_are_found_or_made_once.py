"""Canonical roles: one role a meaning, however many ask at once; links change as a difference (P-47 to P-49, P-74)."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace

import pytest
from blacklight_servicekit.errors import NotFound
from blacklight_servicekit.ids import new_id
from blacklight_testkit.faults import guards

ROLES = "services/matching/src/blacklight_matching/roles/service.py"
SETTLED = "        return known.role_id if known.state in LIVE else None\n"
UNSETTLED = "        session.rollback()\n        return known.role_id if known.state in LIVE else None\n"


def events(matching, kind):
    with matching.database.platform_transaction() as session:
        rows = session.connection().exec_driver_sql("SELECT payload FROM outbox WHERE kind = %s", (kind,))
        return [row[0] for row in rows]


def links(matching, candidate_id):
    with matching.database.platform_transaction() as session:
        rows = session.connection().exec_driver_sql(
            "SELECT r.name FROM candidate_roles c JOIN canonical_roles r USING (role_id)"
            " WHERE c.candidate_id = %s ORDER BY r.name",
            (candidate_id,),
        )
        return [row[0] for row in rows]


def recount_all(matching):
    for payload in events(matching, "role.links_changed"):
        matching.roles.recount(None, payload["role_ids"])


def test_two_hundred_at_once_make_one_role(matching):
    with ThreadPoolExecutor(32) as pool:
        answers = list(pool.map(lambda _: matching.roles.resolve_names(None, ["Java Developer"]), range(200)))
    assert len({tuple(answer) for answer in answers}) == 1
    roles, _ = matching.role_list.list_roles(None, page_size=0, page_token="")
    assert [role.name for role in roles] == ["Java Developer"]
    assert len(events(matching, "role.changed")) == 1


@guards("P-49", file=ROLES, old="            self.lock_names(session)\n", new="")
def test_p49_near_names_at_once_make_one_role(matching, monkeypatch):
    monkeypatch.setattr("blacklight_matching.roles.service.SAME_ROLE", 0.5)
    names = ["Java Developer", "Java Software Developer", "Java Programmer", "Java Software Engineer"] * 4
    with ThreadPoolExecutor(16) as pool:
        answers = list(pool.map(lambda name: matching.roles.resolve_names(None, [name]), names))
    assert len({tuple(answer) for answer in answers}) == 1


@guards("P-49", file=ROLES, old="        name = clean_name(raw)\n", new="        name = raw\n")
def test_p49_spellings_of_one_name_are_one_role(matching, monkeypatch):
    for least in ("SAME_ROLE", "SAME_OCCUPATION_ROLE"):
        monkeypatch.setattr(f"blacklight_matching.roles.service.{least}", 2)  # nothing is near: the name alone counts
    names = ["Java Developer", "java developers", "Sr. JAVA Developer", "Java  Dev"]
    assert len({matching.roles.resolve_names(None, [name])[0] for name in names}) == 1


def test_keeps_the_short_form_as_another_name_to_search_for(matching):
    for _ in range(2):
        matching.roles.resolve_names(None, ["Sr. QA Automation Engineer"])
    roles, _ = matching.role_list.list_roles(None, page_size=0, page_token="")
    assert [(role.name, role.aliases) for role in roles] == [
        ("Quality Assurance Automation Engineer", ("QA Automation Engineer",))
    ]
    assert len(events(matching, "role.changed")) == 2, "made, and given its other name, once"


def test_different_jobs_are_different_roles(matching):
    names = ["Java Developer", "Registered Nurse", "SAP Consultant", "Accountant"]
    assert len(set(matching.roles.resolve_names(None, names))) == 4


def test_a_near_name_becomes_an_alias_and_is_then_found_by_it(matching, monkeypatch):
    monkeypatch.setattr("blacklight_matching.roles.service.SAME_ROLE", 0.6)
    (role_id,) = matching.roles.resolve_names(None, ["Java Developer"])
    assert matching.roles.resolve_names(None, ["Java Software Developer"]) == [role_id]
    role = matching.roles.get_role(None, role_id)
    assert role.aliases == ("Java Software Developer",)
    assert role.version == 2
    monkeypatch.setattr("blacklight_matching.roles.service.SAME_ROLE", 2.0)
    assert matching.roles.resolve_names(None, ["java software developer"]) == [role_id]


@guards("P-74", file=ROLES, old="        if not plausible(name):\n            return None\n", new="")
@pytest.mark.parametrize("name", ["We are hiring! Apply now at https://x.example", "", "1234567", "a" * 200])
def test_p74_implausible_texts_make_no_role(matching, name):
    assert matching.roles.resolve_names(None, [name]) == []
    assert matching.role_list.list_roles(None, page_size=0, page_token="") == ([], "")


def test_a_rejected_role_is_never_made_again(matching, build):
    (role_id,) = matching.roles.resolve_names(None, ["Java Developer"])
    matching.decisions.reject(build.admin(), role_id, reason="a test", etag="")
    assert matching.roles.resolve_names(None, ["java developer"]) == []
    assert matching.role_list.list_roles(None, page_size=0, page_token="") == ([], "")


def test_names_of_different_specialties_are_different_roles_however_near(matching, monkeypatch):
    monkeypatch.setattr("blacklight_matching.roles.service.SAME_ROLE", 0.1)
    names = ["React Developer", "Angular Developer", "SAP FICO Consultant", "SAP MM Consultant"]
    assert len(set(matching.roles.resolve_names(None, names))) == 4


def test_links_are_the_roles_wanted_or_the_present_title(matching, build):
    user = build.user()
    titled = build.profile("Registered Nurse")
    wishing = build.profile("Registered Nurse", preferred_roles=("Java Developer", "SAP Consultant"))
    for profile in (titled, wishing):
        matching.ready(user, profile)
    assert links(matching, titled.candidate_id) == ["Registered Nurse"]
    assert links(matching, wishing.candidate_id) == ["Java Developer", "SAP Consultant"]


@guards(
    "P-47",
    file="services/matching/src/blacklight_matching/intake/candidate/service.py",
    old="        role_ids = self._roles.resolve_names(caller, profile.role_names) if profile.matchable else []\n",
    new="        with self._database.transaction(caller.tenant) as session:\n"
    "            self._roles.link_candidate(session, caller.tenant, candidate_id, [])\n"
    "        role_ids = self._roles.resolve_names(caller, profile.role_names) if profile.matchable else []\n",
)
@guards("P-50", file=ROLES, old=SETTLED, new=UNSETTLED)
def test_p47_p50_links_stay_when_a_role_cannot_be_settled(matching, build, monkeypatch):
    user, profile = build.user(), build.profile(preferred_roles=("Java Developer", "Registered Nurse"))
    matching.ready(user, profile)
    matching.candidates.put(user, replace(profile, version=2, preferred_roles=("Accountant", "SAP Consultant")))
    resolve = matching.roles._resolve

    def failing(name):
        if name == "SAP Consultant":
            raise ConnectionError("the database went away")
        return resolve(name)

    monkeypatch.setattr(matching.roles, "_resolve", failing)
    with pytest.raises(ConnectionError):
        matching.candidates.normalise_roles(user, profile.candidate_id)
    assert links(matching, profile.candidate_id) == ["Java Developer", "Registered Nurse"]
    names = {role.name for role in matching.role_list.list_roles(None, page_size=0, page_token="")[0]}
    assert "Accountant" in names


def test_counts_are_counted_and_told(matching, build):
    user, other = build.user(), build.user()
    profiles = [build.profile("Registered Nurse") for _ in range(3)]
    for caller, profile in zip((user, user, other), profiles, strict=True):
        matching.ready(caller, profile)
    recount_all(matching)
    recount_all(matching)
    (role,), _ = matching.role_list.list_roles(None, page_size=0, page_token="")
    assert role.candidate_count == 3
    told = len(events(matching, "role.changed"))
    matching.candidates.forget(user, profiles[0].candidate_id)
    matching.ready(user, replace(profiles[1], version=2, matchable=False))
    recount_all(matching)
    (role,), _ = matching.role_list.list_roles(None, page_size=0, page_token="")
    assert role.candidate_count == 1
    assert len(events(matching, "role.changed")) == told + 1


@guards(
    "P-74",
    file=ROLES,
    old="        links = self._named_by(session, titles)\n",
    new="        links = {each: self.resolve_names(None, [title])[0] for each, title in titles.items()}\n",
)
def test_p74_a_posting_is_linked_to_the_role_its_title_names_and_makes_none(matching, build):
    (role_id,) = matching.roles.resolve_names(None, ["Java Developer"])
    matching.take_in([build.draft("Senior Java Developer (Remote)"), build.draft("Registered Nurse", "BLS")])
    matching.work_off()
    listed, _ = matching.list_postings(build.user(), page_size=0, page_token="", role_id=role_id)
    assert [posting.title for posting in listed] == ["Senior Java Developer (Remote)"]
    roles, _ = matching.role_list.list_roles(None, page_size=0, page_token="")
    assert [role.name for role in roles] == ["Java Developer"]


def test_roles_are_listed_by_name_page_by_page(matching):
    names = ["Accountant", "Business Analyst", "Java Developer", "Registered Nurse", "SAP Consultant"]
    matching.roles.resolve_names(None, list(reversed(names)))
    token, seen = "", []
    while True:
        page, token = matching.role_list.list_roles(None, page_size=2, page_token=token)
        seen += [role.name for role in page]
        if not token:
            break
    assert seen == names


def test_an_unknown_role_is_not_found(matching):
    with pytest.raises(NotFound):
        matching.roles.get_role(None, new_id())


@guards(
    "P-75",
    file=ROLES,
    old=" ORDER BY embedding <#> CAST(:vector AS halfvec), role_id LIMIT {_NEAR}",
    new=" LIMIT {_NEAR}",
)
def test_p75_the_nearest_of_many_roles_is_found(matching, monkeypatch):
    fields = (
        "Claims",
        "Payroll",
        "Freight",
        "Dental",
        "Forestry",
        "Aviation",
        "Textile",
        "Harbour",
        "Museum",
        "Bakery",
    )
    jobs = ("Analyst", "Manager", "Inspector", "Trainer", "Buyer")
    matching.roles.resolve_names(None, [f"{field} {job}" for field in fields for job in jobs])
    monkeypatch.setattr("blacklight_matching.roles.service.SAME_ROLE", 0.6)
    (role_id,) = matching.roles.resolve_names(None, ["Bakery Product Buyer"])
    assert matching.roles.get_role(None, role_id).name == "Bakery Buyer"


def test_names_that_are_sure_to_be_of_one_occupation_need_to_be_less_near(matching, monkeypatch):
    monkeypatch.setattr("blacklight_matching.roles.service.SAME_ROLE", 0.95)
    (role_id,) = matching.roles.resolve_names(None, ["Accountant"])
    assert matching.roles.get_role(None, role_id).occupation_code == "13-2011.00"
    assert matching.roles.resolve_names(None, ["Staff Accountant"]) == [role_id], "0.90, both accountants"
    monkeypatch.setattr("blacklight_matching.roles.service.SAME_OCCUPATION_ROLE", 0.95)
    assert matching.roles.resolve_names(None, ["Tax Accountant"]) != [role_id]
