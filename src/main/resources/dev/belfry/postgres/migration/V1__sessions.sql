-- The sessions: six columns that belong to the original, and Belfry's own, which all have a default or
-- are generated, so that programs that do not know of them go on working. A table of the original is
-- adopted as it is. Needs PostgreSQL 14.
--
-- By hand:  psql -1 -v sessions=sessions -f V1__sessions.sql

-- To change a table that is in use waits for those who use it, and everybody else then waits for that:
-- rather give up soon, and let the caller try again.
SET LOCAL lock_timeout = '5s';

CREATE TABLE IF NOT EXISTS :"sessions" (
  id             text PRIMARY KEY,
  user_id        text        NOT NULL DEFAULT '',
  created_at     timestamptz NOT NULL DEFAULT now(),
  last_active_at timestamptz NOT NULL DEFAULT now(),
  expires_at     timestamptz NOT NULL,
  state          jsonb       NOT NULL DEFAULT '{}'
);

ALTER TABLE :"sessions"
  ADD COLUMN IF NOT EXISTS version bigint NOT NULL DEFAULT 0,
  -- What cleanup looks for. It changes once an hour where expires_at changes with every touch: an index
  -- on this column leaves nearly every touch a HOT update, an index on expires_at would leave none.
  ADD COLUMN IF NOT EXISTS expires_bucket timestamptz GENERATED ALWAYS AS
    (date_bin(interval '1 hour', expires_at, timestamptz '2000-01-01 00:00:00+00')) STORED,
  -- HOT updates need room on the row's own page.
  SET (fillfactor = 80);

CREATE INDEX ON :"sessions" (expires_bucket);

-- Anonymous sessions, possibly most of all, are never looked for by owner.
CREATE INDEX ON :"sessions" (user_id) WHERE user_id <> '';
