"""A short run of the state machine of R2, and proof that it sees what it looks for."""

from __future__ import annotations

from typing import Any

from blacklight_scraper.app import APP

from services.scraper.tests.credential_rig import Rig
from tests.chaos.leases import Machine, former

STEPS = 500


def test_no_stale_word_is_taken_and_no_leases_overlap_whatever_hosts_do(service_database: Any) -> None:
    found = Machine(Rig(service_database(APP)), seed=7).run(STEPS)
    assert found.differences == []
    assert (found.stale_writes, found.overlaps, found.wrongly_refused) == (0, 0, 0)
    assert min(found.leases, found.refused, found.expired) > 10


def test_the_machine_sees_words_of_those_who_hold_nothing(service_database: Any) -> None:
    assert Machine(former(Rig(service_database(APP))), seed=7).run(STEPS).stale_writes > 10
