"""What is counted for administrators, each as one statement over the indexes of time and state. Pure text."""

from __future__ import annotations

from blacklight_scraper.queue.claiming import DUE

HOSTS = """
SELECT count(*) AS hosts, count(*) FILTER (WHERE last_seen_time > :alive) AS active,
  count(*) FILTER (WHERE stream_id IS NOT NULL AND last_seen_time > :alive) AS connected
FROM hosts
"""

KEYS = """
SELECT count(*) FROM api_keys
WHERE revoke_time IS NULL AND pause_time IS NULL AND (expire_time IS NULL OR expire_time > :now)
"""

SESSIONS = """
SELECT state, count(*) AS sessions FROM sessions WHERE create_time > :since OR end_time IS NULL
GROUP BY state ORDER BY state
"""

QUEUE_PLATFORMS = "SELECT name FROM platforms WHERE enabled AND NOT paused"
QUEUE_DUE = f"SELECT count(*) {DUE}"

OPEN_BATCHES = """
SELECT (SELECT count(*) FROM batches WHERE state = 1) AS waiting,
  (SELECT count(*) FROM batches WHERE state = 3) AS failed
"""

FOUND = """
SELECT coalesce(sum(received), 0) AS found, coalesce(sum(new), 0) AS new FROM batches WHERE create_time > :since
"""

YIELDS = """
WITH told AS (
  SELECT platform, date_trunc(:unit, report_time, 'UTC') AS start_time, count(*) AS runs,
    count(*) FILTER (WHERE state IN (2, 3)) AS succeeded,
    count(*) FILTER (WHERE state = 3) AS empty_confirmed,
    count(*) FILTER (WHERE state = 4) AS empty_unconfirmed,
    count(*) FILTER (WHERE state = 5) AS failed
  FROM platform_runs
  WHERE report_time IS NOT NULL AND report_time >= :since AND state IN (2, 3, 4, 5)
    AND (:platform = '' OR platform = :platform)
  GROUP BY 1, 2
), brought AS (
  SELECT platform, date_trunc(:unit, create_time, 'UTC') AS start_time, sum(received) AS found, sum(new) AS new,
    sum(refreshed) AS refreshed, sum(duplicate) AS duplicate, sum(rejected) AS rejected
  FROM batches
  WHERE create_time >= :since AND (:platform = '' OR platform = :platform)
  GROUP BY 1, 2
)
SELECT platform, start_time, coalesce(runs, 0) AS runs, coalesce(succeeded, 0) AS succeeded,
  coalesce(empty_confirmed, 0) AS empty_confirmed, coalesce(empty_unconfirmed, 0) AS empty_unconfirmed,
  coalesce(failed, 0) AS failed, coalesce(found, 0) AS found, coalesce(new, 0) AS new,
  coalesce(refreshed, 0) AS refreshed, coalesce(duplicate, 0) AS duplicate, coalesce(rejected, 0) AS rejected
FROM told FULL JOIN brought USING (platform, start_time)
ORDER BY start_time DESC, platform LIMIT :most
"""

FAILURES = """
WITH failed AS (
  SELECT platform, failure_reason, count(*) AS runs, max(report_time) AS last_time
  FROM platform_runs
  WHERE report_time IS NOT NULL AND report_time > :since AND state = 5
    AND (:platform = '' OR platform = :platform)
  GROUP BY platform, failure_reason
)
SELECT failed.*, last.message AS last_message
FROM failed CROSS JOIN LATERAL (
  SELECT message FROM platform_runs
  WHERE platform = failed.platform AND report_time IS NOT NULL AND report_time = failed.last_time AND state = 5
    AND failure_reason = failed.failure_reason
  LIMIT 1
) last
ORDER BY runs DESC, platform, failure_reason LIMIT :most
"""

CREDENTIALS = """
SELECT platform, state, count(*) AS credentials FROM credentials WHERE delete_time IS NULL
GROUP BY platform, state ORDER BY platform, state
"""

OPEN_SESSIONS = "SELECT state, count(*) AS sessions FROM sessions WHERE end_time IS NULL GROUP BY state"
