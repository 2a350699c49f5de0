"""The state machine of submissions, margins, keys and orders, without a database."""

from __future__ import annotations

from decimal import Decimal

import pytest
from blacklight_matching.submissions.changes import MOST_SHOWN, changes_between
from blacklight_matching.submissions.lists.order import order_of
from blacklight_matching.submissions.rates import decimal_of, margin_of, text_of
from blacklight_matching.submissions.right import company_key, job_key
from blacklight_matching.submissions.states import ACTIVE, FINAL, State, allowed_from, check_move
from blacklight_servicekit.errors import FailedPrecondition, Invalid
from blacklight_testkit.faults import guards

ALLOWED = {
    "SUBMITTED": {"CLIENT_REVIEW", "ON_HOLD", "REJECTED", "WITHDRAWN"},
    "CLIENT_REVIEW": {"INTERVIEW_SCHEDULED", "ON_HOLD", "REJECTED", "WITHDRAWN"},
    "INTERVIEW_SCHEDULED": {"INTERVIEWED", "ON_HOLD", "REJECTED", "WITHDRAWN"},
    "INTERVIEWED": {"INTERVIEW_SCHEDULED", "OFFERED", "ON_HOLD", "REJECTED", "WITHDRAWN"},
    "OFFERED": {"PLACED", "ON_HOLD", "REJECTED", "WITHDRAWN"},
    "ON_HOLD": {
        "SUBMITTED", "CLIENT_REVIEW", "INTERVIEW_SCHEDULED", "INTERVIEWED", "OFFERED", "REJECTED", "WITHDRAWN",
    },
    "PLACED": set(),
    "REJECTED": set(),
    "WITHDRAWN": set(),
}  # fmt: skip


@pytest.mark.parametrize("target", State)
@pytest.mark.parametrize("state", State)
def test_every_pair_of_states_is_a_move_or_is_refused_naming_the_moves(state, target):
    if target.value in ALLOWED[state.value]:
        check_move(state, target)
        return
    with pytest.raises(FailedPrecondition) as refused:
        check_move(state, target)
    named = set(refused.value.metadata["allowed"].split(",")) - {""}
    assert named == ALLOWED[state.value]
    assert refused.value.reason == ("SUBMISSION_FINAL" if state in FINAL else "MOVE_NOT_ALLOWED")


@guards(
    "P-79",
    file="services/matching/src/blacklight_matching/submissions/states.py",
    old="    if state in FINAL:\n        return ()\n",
    new="    if state in FINAL:\n        return (State.WITHDRAWN,)\n",
)
def test_p79_nothing_leads_out_of_a_final_state():
    assert [allowed_from(state) for state in FINAL] == [(), (), ()]
    assert set(ACTIVE) | set(FINAL) == set(State)


@pytest.mark.parametrize(
    ("bill", "pay", "amount", "percent"),
    [
        ("92.50", "70", "22.50", "24.32"),
        ("0.10", "0.07", "0.03", "30.00"),
        ("99999999.99", "0.01", "99999999.98", "100.00"),
        ("60", "75.25", "-15.25", "-25.42"),
        ("80", "79.996", None, None),
        ("0", "0", "0.00", ""),
    ],
)
def test_a_margin_is_exact_to_the_cent(bill, pay, amount, percent):
    if amount is None:
        assert text_of(decimal_of(pay)) == "80.00"
        return
    margin = margin_of(decimal_of(bill), decimal_of(pay))
    assert (text_of(margin.amount), text_of(margin.percent)) == (amount, percent)


def test_there_is_no_margin_while_a_rate_is_unknown():
    assert margin_of(Decimal(90), None) is None
    assert margin_of(None, Decimal(70)) is None


def test_one_job_of_one_client_has_one_key_in_whatever_spelling():
    key = job_key("Acme Data, Inc.", "Sr. Java Developer")
    assert key == job_key("ACME DATA", "sr java   developer")
    assert key == job_key("Acmé Data LLC", "Sr Java/Developer")
    assert key != job_key("Acme Data", "Sr C# Developer")
    assert job_key("Acme", "C Developer") != job_key("Acme", "C++ Developer")
    assert job_key("", "Java Developer") == job_key("Acme", " - ") == ""
    assert company_key("Vendor, L.L.C.") == company_key("vendor")


@pytest.mark.parametrize(
    "title",
    [
        "Sr. Java Developer - Dallas, TX - C2C",
        "Java Developer (Remote) - 12 months contract - $60/hr",
        "Urgent!! Java Dev #4711",
        "Java Developer III",
    ],
)
def test_what_boards_write_around_a_title_makes_no_other_job_of_it(title):
    assert job_key("Acme", title) == job_key("Acme", "Java Developer")


@pytest.mark.parametrize(
    "title",
    [
        "Java Developer - Payments",
        "Java Developer (Claims)",
        "Java Developer with AWS",
        "Java Developer / Architect",
        "Java Developer Lead",
        "Lead Java Developer",
        "JavaScript Developer",
    ],
)
def test_what_tells_the_work_makes_another_job_of_a_title(title):
    assert job_key("Acme", title) != job_key("Acme", "Java Developer")


def test_a_change_is_told_once_a_kind_with_what_it_was_and_is():
    old = {"bill_rate": Decimal("90.00"), "pay_rate": Decimal("70.00"), "priority": 2, "hot": False, "notes": "a"}
    new = {"bill_rate": Decimal("95.00"), "pay_rate": Decimal("70.00"), "priority": 3, "hot": True, "notes": "b"}
    told = {change.type: (change.content, change.old_value, change.new_value) for change in changes_between(old, new)}
    assert told == {
        "RATE_UPDATED": ("changed: bill_rate", "90.00", "95.00"),
        "PRIORITY_CHANGED": ("changed: priority, hot", "MEDIUM, not hot", "HIGH, hot"),
        "NOTE": ("changed: notes", "", ""),
    }
    assert changes_between(old, dict(old)) == []


def test_what_is_told_of_a_change_is_cut_to_what_fits():
    (change,) = changes_between({"vendor_company": ""}, {"vendor_company": "x" * 300})
    assert (change.old_value, len(change.new_value)) == ("none", MOST_SHOWN)


@guards(
    "P-80",
    file="services/matching/src/blacklight_matching/submissions/lists/order.py",
    old="    if name not in _COLUMNS or direction not in _DIRECTIONS:\n",
    new="    if direction not in _DIRECTIONS:\n",
)
@pytest.mark.parametrize("order_by", ["bill_rate", "notes desc", "create_time sideways", "create_time; drop", "state"])
def test_p80_sorts_by_nothing_but_what_an_index_serves(order_by):
    with pytest.raises(Invalid) as refused:
        order_of(order_by)
    assert (refused.value.reason, refused.value.violations[0].field) == ("UNKNOWN_ORDER", "order_by")


def test_an_order_is_newest_first_unless_said():
    assert order_of("") == order_of(" create_time  desc ")
    assert not order_of("priority").descending
