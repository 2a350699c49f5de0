"""Up to which transaction all events are known: SQL text. Pure.

A transaction is numbered when it first writes, and may note an event much later; so events are known up to the oldest
transaction that is at work. Only this service's own role writes events, so transactions of others are passed over;
and so are the relay's, which write none and last as long as a delivery does. That keeps watches lively while
something else takes its time: the oldest of all transactions (`pg_snapshot_xmin`) would make them wait for it.

`backend_xid` has 32 bits; the number of the next transaction, which is taken first, gives the others back.
"""

from __future__ import annotations

BORDER = """
SELECT least(upcoming, coalesce(min(upcoming - ((upcoming - CAST(CAST(backend_xid AS text) AS bigint)) & 4294967295)),
  upcoming))
FROM (SELECT CAST(CAST(pg_snapshot_xmax(pg_current_snapshot()) AS text) AS bigint) AS upcoming) AS next
LEFT JOIN pg_stat_activity ON usename = current_user AND datname = current_database() AND pid <> pg_backend_pid()
  AND backend_xid IS NOT NULL AND application_name <> 'blacklight relay'
GROUP BY upcoming
"""
