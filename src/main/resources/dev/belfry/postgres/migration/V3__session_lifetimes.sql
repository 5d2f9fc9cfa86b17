-- Lifetimes of their own, and the end of sessions: what has ended is remembered for a while.
--
-- By hand:  psql -1 -v sessions=sessions -f V3__session_lifetimes.sql

SET LOCAL lock_timeout = '5s';

ALTER TABLE :"sessions"
  -- Of this session; without one, of whoever touches it.
  ADD COLUMN IF NOT EXISTS time_to_live interval,
  -- However often it is touched.
  ADD COLUMN IF NOT EXISTS not_after timestamptz,
  -- When it was deleted, or its expiry was announced. Until then it has not ended.
  ADD COLUMN IF NOT EXISTS ended_at timestamptz,
  -- A deleted session is never replaced, and no writer brings it back.
  ADD COLUMN IF NOT EXISTS deleted boolean NOT NULL DEFAULT false;

-- The table's name comes by way of its row type, because psql puts no variables into a block.
SELECT set_config('belfry.sessions', pg_typeof(NULL :: :"sessions")::text, true);
DO $$
DECLARE
  sessions regclass := current_setting('belfry.sessions');
  old regclass;
BEGIN
  -- The index that cleanup used before: it would pass over all that has ended each time.
  FOR old IN
    SELECT indexrelid FROM pg_index JOIN pg_attribute ON attrelid = indrelid AND attnum = indkey[0]
    WHERE indrelid = sessions AND attname = 'expires_bucket' AND indnatts = 1 AND indpred IS NULL
  LOOP
    EXECUTE format('DROP INDEX %s', old);
  END LOOP;

  -- What cleanup looks for: sessions to end, and sessions to forget. No touch changes ended_at.
  IF NOT EXISTS (
    SELECT FROM pg_index JOIN pg_attribute ON attrelid = indrelid AND attnum = indkey[0]
    WHERE indrelid = sessions AND attname = 'expires_bucket'
    AND indisvalid AND pg_get_expr(indpred, indrelid) = '(ended_at IS NULL)')
  THEN
    EXECUTE format('CREATE INDEX ON %s (expires_bucket) WHERE ended_at IS NULL', sessions);
  END IF;
  IF NOT EXISTS (
    SELECT FROM pg_index JOIN pg_attribute ON attrelid = indrelid AND attnum = indkey[0]
    WHERE indrelid = sessions AND attname = 'ended_at'
    AND indisvalid AND pg_get_expr(indpred, indrelid) = '(ended_at IS NOT NULL)')
  THEN
    EXECUTE format('CREATE INDEX ON %s (ended_at) WHERE ended_at IS NOT NULL', sessions);
  END IF;
END $$;
