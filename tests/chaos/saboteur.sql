-- Makes commits of the scraper fail, and remembers how sessions change. Sequences forget nothing when a transaction
-- is rolled back, so a commit that is tried again meets another number.
CREATE SCHEMA chaos;
CREATE SEQUENCE chaos.commits;
CREATE SEQUENCE chaos.failures;
CREATE TABLE chaos.plan (one_in int NOT NULL, seed bigint NOT NULL);
CREATE TABLE chaos.ends (session_id uuid NOT NULL, state smallint NOT NULL);

CREATE FUNCTION chaos.fail() RETURNS trigger LANGUAGE plpgsql SECURITY DEFINER AS $$
DECLARE
  number bigint := nextval('chaos.commits');
  plan chaos.plan;
BEGIN
  SELECT * INTO plan FROM chaos.plan;
  IF plan.one_in > 0 AND abs(hashint8extended(number, plan.seed) % plan.one_in) = 0 THEN
    PERFORM nextval('chaos.failures');
    CASE number % 3
      WHEN 0 THEN RAISE EXCEPTION 'chaos' USING ERRCODE = 'disk_full';
      WHEN 1 THEN RAISE EXCEPTION 'chaos' USING ERRCODE = 'serialization_failure';
      ELSE PERFORM pg_terminate_backend(pg_backend_pid()), pg_sleep(10);
    END CASE;
  END IF;
  RETURN NULL;
END $$;

CREATE FUNCTION chaos.remember() RETURNS trigger LANGUAGE plpgsql SECURITY DEFINER AS $$
BEGIN
  INSERT INTO chaos.ends VALUES (NEW.session_id, NEW.state);
  RETURN NULL;
END $$;

CREATE CONSTRAINT TRIGGER chaos_fail AFTER INSERT OR UPDATE ON scraper.batches
  DEFERRABLE INITIALLY DEFERRED FOR EACH ROW EXECUTE FUNCTION chaos.fail();
CREATE CONSTRAINT TRIGGER chaos_fail AFTER INSERT OR UPDATE ON scraper.sessions
  DEFERRABLE INITIALLY DEFERRED FOR EACH ROW EXECUTE FUNCTION chaos.fail();
CREATE CONSTRAINT TRIGGER chaos_fail AFTER INSERT OR UPDATE ON scraper.platform_runs
  DEFERRABLE INITIALLY DEFERRED FOR EACH ROW EXECUTE FUNCTION chaos.fail();

-- States of a session from 3 on are final: each is to be entered once, and left never.
CREATE TRIGGER chaos_remember AFTER UPDATE OF state, end_time ON scraper.sessions FOR EACH ROW
  WHEN (OLD.state >= 3 OR (NEW.state >= 3 AND NEW.state IS DISTINCT FROM OLD.state)
        OR NEW.end_time IS DISTINCT FROM OLD.end_time)
  EXECUTE FUNCTION chaos.remember();
