"""Full matchings read postings column by column, in blocks: what the scorer sees of each is the same as one by one."""

from __future__ import annotations

from uuid import UUID

import numpy as np
import pytest
from blacklight_matching.scoring import PostingColumns, SkillIndex
from sqlalchemy import text

TEXTS = (
    "Java, SQL and AWS are required. 5+ years of experience. W2 only, no sponsorship.",
    "Python and Django. 3-5 years of experience. Hybrid in Dallas, TX, up to $60 an hour.",
    "We are looking for somebody who is kind.",
)


@pytest.fixture
def read(matching, build):
    """Postings of several kinds, read; one of them is over, one has no vector."""
    rows = matching.take_in([build.draft(description=TEXTS[n % 3]) for n in range(7)])
    matching.arrivals.read_waiting(None)
    ids = sorted(UUID(row.posting_id) for row in rows)
    with matching.database.platform_transaction() as session:
        session.execute(text("UPDATE postings SET end_state = 'CLOSED' WHERE posting_id = :id"), {"id": ids[2]})
        session.execute(
            text("UPDATE posting_readings SET embedding = array_fill(0, ARRAY[256])::halfvec WHERE posting_id = :id"),
            {"id": ids[4]},
        )
    return ids


@pytest.mark.parametrize("size", [1, 2, 3, 6, 7, 100])
def test_blocks_hold_every_posting_that_takes_part_once_and_as_it_is(matching, build, read, size):
    tenant = build.user().tenant
    with matching.database.transaction(tenant) as session:
        tables = list(matching.postings.blocks(session, tenant, size))
        block = matching.postings.block(session, tenant, read)
    assert len(block.ids) == 6
    assert [len(table) for table in tables] == [size] * (6 // size) + [6 % size] * bool(6 % size)
    assert [bytes(each) for table in tables for each in table.ids] == [each.bytes for each in block.ids]
    assert [bytes(each) for table in tables for each in table.hashes] == block.hashes
    assert [offer for table in tables for offer in table.offers] == [side.work for side in block.sides]
    index = SkillIndex()
    expected = PostingColumns.of(block.sides, index)
    made = PostingColumns.made(
        [skills for table in tables for skills in table.skills],
        np.concatenate([table.years for table in tables]),
        np.concatenate([table.vectors for table in tables]),
        index,
    )
    for name in PostingColumns.__dataclass_fields__:
        assert np.array_equal(getattr(made, name), getattr(expected, name)), name
    assert made.has_vector.sum() == 5
    assert len({side.work for side in block.sides}) > 1
    assert len({side.min_years for side in block.sides}) > 1


def test_there_is_no_block_where_nothing_takes_part(matching, build):
    tenant = build.user().tenant
    with matching.database.transaction(tenant) as session:
        assert list(matching.postings.blocks(session, tenant, 10)) == []
