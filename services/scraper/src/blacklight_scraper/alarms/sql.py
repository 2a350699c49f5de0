"""What the watch reads and writes, platform by platform and bounded by the indexes of runs. Pure text.

States of runs: 2 completed, 3 and 4 empty, 5 failed (13: an administrator ended it), 6 skipped.
"""

from __future__ import annotations

PLATFORMS = "SELECT name FROM platforms WHERE enabled ORDER BY name"

RUNS = """
SELECT s.target_id, r.report_time, coalesce(b.received, 0) AS received, coalesce(b.taken, 0) AS taken, f.fills
FROM (
  SELECT session_id, report_time FROM platform_runs
  WHERE platform = :platform AND report_time IS NOT NULL AND report_time > :since AND state IN (2, 3, 4)
  ORDER BY report_time DESC LIMIT :most
) r
JOIN sessions s ON s.session_id = r.session_id
LEFT JOIN LATERAL (
  SELECT sum(received) AS received, bool_and(fills IS NOT NULL) AS counted,
    -- A batch that matching would not take says nothing of the board.
    sum(CASE WHEN state = 3 THEN accepted ELSE received - rejected END) AS taken
  FROM batches WHERE batches.session_id = r.session_id AND batches.platform = :platform
) b ON true
LEFT JOIN LATERAL (
  SELECT array_agg(held ORDER BY place) AS fills FROM (
    SELECT place, sum(held) AS held
    FROM batches, unnest(batches.fills) WITH ORDINALITY AS each(held, place)
    WHERE batches.session_id = r.session_id AND batches.platform = :platform GROUP BY place
  ) places
) f ON b.counted
ORDER BY r.report_time, r.session_id
"""

SPANS = """
SELECT kind, field, raise_time, clear_time FROM alarms
WHERE platform = :platform AND kind IN (1, 2) AND (clear_time IS NULL OR clear_time > :since)
ORDER BY raise_time DESC LIMIT 200
"""

LAST_HOURS = """
SELECT p.name AS platform,
  count(*) FILTER (WHERE r.report_time > :hour) AS runs,
  count(*) FILTER (WHERE r.report_time > :hour AND r.state IN (3, 4)) AS empty,
  count(*) FILTER (WHERE r.report_time > :hour AND r.state = 5) AS failed,
  count(*) FILTER (WHERE r.report_time > :hour AND r.state = 5 AND r.failure_reason IN (2, 3)) AS blocked,
  count(*) AS tries,
  count(*) FILTER (WHERE r.state = 2) AS found,
  min(r.report_time) < :hour AS tried_for_an_hour
FROM platforms p
JOIN platform_runs r ON r.platform = p.name AND r.report_time IS NOT NULL AND r.report_time > :since
WHERE p.enabled AND r.state IN (2, 3, 4, 5) AND r.failure_reason <> 13
GROUP BY p.name ORDER BY p.name
"""

# With open sessions past half their patience, or with sessions lost since it was last seen.
SILENT_HOSTS = """
SELECT h.host_id, h.host_name, count(*) AS sessions, max(s.last_seen_time) AS last_seen_time
FROM sessions s
JOIN hosts h ON h.api_key_id = s.api_key_id AND h.host_name = s.host_name
WHERE (
  s.end_time IS NULL AND s.state = 1 AND NOT s.paused
  AND s.last_seen_time < CAST(:now AS timestamptz) - make_interval(secs => s.liveness_seconds / 2.0)
) OR (
  s.create_time > :since AND s.state = 5 AND s.end_time > :since AND h.last_seen_time < s.end_time
  AND s.last_seen_time >= h.last_seen_time - interval '1 hour'
)
GROUP BY h.host_id, h.host_name ORDER BY h.host_id LIMIT 100
"""

BEGIN_ROUND = """
INSERT INTO alarm_watch (watch_id, begin_time, failure) VALUES (1, :now, '')
ON CONFLICT (watch_id) DO UPDATE SET begin_time = excluded.begin_time WHERE alarm_watch.begin_time <= :before
RETURNING watch_id
"""

END_ROUND = """
UPDATE alarm_watch SET end_time = CASE WHEN :failure = '' THEN :now ELSE end_time END, failure = :failure
WHERE watch_id = 1
"""

RAISE = """
INSERT INTO alarms (alarm_id, kind, platform, field, host_id, observed, expected, runs, message, raise_time,
  last_seen_time, acknowledged_by)
VALUES (:alarm_id, :kind, :platform, :field, :host_id, :observed, :expected, :runs, :message, :now, :now, '')
ON CONFLICT (kind, platform, field, host_id) WHERE clear_time IS NULL
DO UPDATE SET observed = excluded.observed, expected = excluded.expected, runs = excluded.runs,
  message = excluded.message, last_seen_time = excluded.last_seen_time
RETURNING alarm_id, raise_time = :now AND xmax = 0 AS raised
"""
