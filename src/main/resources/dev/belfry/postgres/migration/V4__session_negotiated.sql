-- What was negotiated with the client of a session. No row is written: PostgreSQL keeps the default of
-- rows that were there before with the table.
--
-- By hand:  psql -1 -v sessions=sessions -f V4__session_negotiated.sql

SET LOCAL lock_timeout = '5s';

ALTER TABLE :"sessions" ADD COLUMN IF NOT EXISTS negotiated jsonb NOT NULL DEFAULT '{}';
