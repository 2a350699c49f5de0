"""Candidates are listed newest first, searched, filtered and paged."""

from __future__ import annotations

from typing import Any

import grpc
import pytest
from blacklight_servicekit.ids import new_id
from sqlalchemy import text


@pytest.fixture
def bench(service: Any) -> Any:
    service.api.create("Ann", family_name="Müller", email="ann.mueller@example.com", skills=["Java", "C++"])
    service.api.create("Bob", family_name="O'Neil", current_title="Senior .NET Developer", skills=["C#", "SQL"])
    service.api.create("Cid", current_title="Front-end developer", skills=["node.js", "JavaScript"])
    service.user(new_id()).create("Dan", skills=["Java"])
    return service


def test_lists_newest_first_and_only_the_tenants(bench: Any) -> None:
    assert bench.api.found() == ["Cid", "Bob", "Ann"]


@pytest.mark.parametrize(
    ("search", "names"),
    [
        ("ann", ["Ann"]),
        ("MULLER", ["Ann"]),
        ("mül", ["Ann"]),
        ("ann.mueller@example.com", ["Ann"]),
        ("example.com", ["Ann"]),
        ("c++", ["Ann"]),
        ("c#", ["Bob"]),
        ("o'neil", ["Bob"]),
        (".net", ["Bob"]),
        ("dev", ["Cid", "Bob"]),
        ("developer senior", ["Bob"]),
        ("developer java", ["Cid"]),
        ("node", ["Cid"]),
        ("node.js", ["Cid"]),
        ("front-end", ["Cid"]),
        ("nobody", []),
        ("' | 'ann':*", ["Ann"]),
        ("ann & !bob", []),
        ("\\", []),
        ("  ", ["Cid", "Bob", "Ann"]),
        ("\0", []),
    ],
)
def test_finds_all_words_by_their_beginning(bench: Any, search: str, names: list[str]) -> None:
    assert bench.api.found(search=search) == names


def test_finds_what_a_person_changed(bench: Any) -> None:
    found = bench.api.page(search="bob").candidates[0]
    bench.api.update(found.candidate_id, ["given_name", "skills"], given_name="Zoe", skills=["COBOL"])
    assert bench.api.found(search="bob") == []
    assert bench.api.found(search="zoe cobol") == ["Zoe"]


@pytest.mark.parametrize(
    ("skills", "names"),
    [
        (["java"], ["Ann"]),
        (["JAVA", "c#"], ["Bob", "Ann"]),
        (["NodeJS"], ["Cid"]),
        (["nothing of the kind"], []),
        (["-"], []),
    ],
)
def test_filters_by_any_of_the_skills(bench: Any, skills: list[str], names: list[str]) -> None:
    assert bench.api.found(skills=skills) == names


def test_filters_by_state(bench: Any) -> None:
    assert bench.api.found(state="CANDIDATE_STATE_INTAKE") == ["Cid", "Bob", "Ann"]
    assert bench.api.found(state="CANDIDATE_STATE_REVIEW") == []


def test_pages_show_each_candidate_once(service: Any) -> None:
    made = [service.api.create(f"N{number}").given_name for number in range(7)]
    seen: list[str] = []
    token = ""
    while True:
        page = service.api.page(page_size=3, page_token=token)
        seen += [candidate.given_name for candidate in page.candidates]
        token = page.next_page_token
        if not token:
            break
    assert seen == made[::-1]


def test_a_candidate_made_between_pages_moves_nothing(service: Any) -> None:
    for number in range(3):
        service.api.create(f"N{number}")
    first = service.api.page(page_size=2)
    service.api.create("New")
    second = service.api.page(page_size=2, page_token=first.next_page_token)
    assert [candidate.given_name for candidate in second.candidates] == ["N0"]


def test_refuses_a_page_token_of_another_query(bench: Any) -> None:
    token = bench.api.page(page_size=1).next_page_token
    refused = bench.refusal(lambda: bench.api.page(page_size=1, page_token=token, search="ann"))
    assert (refused.reason, refused.field) == ("PAGE_TOKEN_MISMATCH", "page_token")
    refused = bench.refusal(lambda: bench.api.page(page_token="nonsense"))
    assert refused.code is grpc.StatusCode.INVALID_ARGUMENT


def test_refuses_a_page_token_of_another_tenant(bench: Any) -> None:
    token = bench.api.page(page_size=1).next_page_token
    other = bench.user(new_id())
    assert bench.refusal(lambda: other.page(page_size=1, page_token=token)).reason == "PAGE_TOKEN_MISMATCH"


@pytest.mark.parametrize(
    ("condition", "index"),
    [
        ("search_vector @@ '''ann'':*'::tsquery", "ix_candidates_search_vector"),
        ("skill_keys && ARRAY['sap']", "ix_candidates_skill_keys"),
    ],
)
def test_the_index_of_the_migration_serves_the_search(service: Any, condition: str, index: str) -> None:
    """Below row security only a LEAKPROOF operator may use one; the plan is made as the service's own role."""
    service.api.create()
    fill = text(
        "INSERT INTO candidates (tenant_id, id, given_name, family_name, email, phone, location, current_title,"
        " skills, preferred_roles, summary, state, version, edited_fields, skill_keys, search_words, create_time,"
        " update_time) SELECT :tenant, gen_random_uuid(), '', '', '', '', '', '', '{}', '{}', '', 'INTAKE', 1, '{}',"
        " ARRAY['k' || n], ARRAY['w' || n], now(), now() FROM generate_series(1, 5000) n"
    )
    with service.app.database.transaction(service.tenant) as session:
        session.execute(fill, {"tenant": service.tenant})
    service.as_administrator("ANALYZE candidate.candidates")
    with service.app.database.transaction(service.tenant) as session:
        plan = session.scalars(text(f"EXPLAIN SELECT id FROM candidates WHERE {condition}")).all()
    assert index in "\n".join(plan)
