-- The event log, and what belongs to it. All applications that use one schema share these tables; each
-- channel has a log of its own. Needs PostgreSQL 14.
--
-- By hand, in the schema that is to have the tables:  psql -1 -f V2__events.sql

SET LOCAL lock_timeout = '5s';

-- One row per channel. Who appends locks this row first and so holds it until his commit: that makes
-- offsets follow each other without gaps, in the order of the commits.
CREATE TABLE IF NOT EXISTS belfry_log (
  channel     text   PRIMARY KEY,
  -- The log ends there, or at the last event: when events are trimmed, none may be left to tell.
  last_offset bigint NOT NULL DEFAULT 0,
  epoch       text   NOT NULL,
  -- Of which run of the database, and of which making of this table, the epoch is.
  incarnation text   NOT NULL
);

-- The stretches of the logs, by which run of the database wrote them.
CREATE TABLE IF NOT EXISTS belfry_epoch (
  channel      text        NOT NULL,
  epoch        text        NOT NULL,
  first_offset bigint      NOT NULL,
  started_at   timestamptz NOT NULL DEFAULT now(),
  PRIMARY KEY (channel, epoch)
);

CREATE TABLE IF NOT EXISTS belfry_event (
  channel      text        NOT NULL,
  event_offset bigint      NOT NULL,
  epoch        text        NOT NULL,
  created_at   timestamptz NOT NULL DEFAULT now(),
  -- Of the payload: pages are measured without reading it.
  bytes        int         NOT NULL,
  payload      json        NOT NULL,
  PRIMARY KEY (channel, event_offset)
) WITH (
  -- What was trimmed is to be used again soon, however large the table.
  autovacuum_vacuum_scale_factor = 0, autovacuum_vacuum_threshold = 10000
);

-- Events that are not in the log yet: of transactions that have just committed, and such as wait for
-- others of the same key.
CREATE TABLE IF NOT EXISTS belfry_outbox (
  id              bigint      GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
  channel         text        NOT NULL,
  payload         json        NOT NULL,
  bytes           int         NOT NULL,
  idempotency_key text,
  coalescing_key  text,
  due_at          timestamptz NOT NULL DEFAULT now(),
  -- Not for uniqueness: an index that is made with the table needs no owner where that is there.
  UNIQUE (channel, due_at, id)
) WITH (autovacuum_vacuum_scale_factor = 0, autovacuum_vacuum_threshold = 1000);

CREATE TABLE IF NOT EXISTS belfry_idempotency (
  channel      text        NOT NULL,
  key          text        NOT NULL,
  epoch        text        NOT NULL,
  event_offset bigint      NOT NULL,
  created_at   timestamptz NOT NULL DEFAULT now(),
  PRIMARY KEY (channel, key),
  UNIQUE (channel, created_at, key)
);

CREATE TABLE IF NOT EXISTS belfry_replica (
  channel     text        NOT NULL,
  replica     text        NOT NULL,
  streams     int         NOT NULL,
  reported_at timestamptz NOT NULL DEFAULT now(),
  PRIMARY KEY (channel, replica)
) WITH (fillfactor = 50);
