-- Optional: turns a sessions table with all migrations into one that is partitioned by the hash of the
-- id. Rows, indexes, grants and the owner stay; all or nothing happens. Everybody else waits meanwhile:
-- the rows are copied, for which there must be room. Needs PostgreSQL 14.
--
-- By hand, by the table's owner:  psql -1 -v sessions=sessions -v partitions=16 -f partition_sessions.sql

SET LOCAL lock_timeout = '5s';

LOCK TABLE :"sessions" IN ACCESS EXCLUSIVE MODE;

-- The table's name comes by way of its row type, because psql puts no variables into a block.
SELECT set_config('belfry.sessions', pg_typeof(NULL :: :"sessions")::text, true),
  set_config('belfry.partitions', (:partitions)::int::text, true);
DO $$
DECLARE
  sessions    regclass := current_setting('belfry.sessions');
  old         pg_class;
  schema_name text;
  owner_name  text;
  parameters  text;
  columns     text;
  -- Statements that give the new table what the old one had, by its name.
  afterwards  text[];
  statement   text;
  target      text;
  partition   text;
BEGIN
  SELECT * INTO old FROM pg_class WHERE oid = sessions;
  schema_name := old.relnamespace::regnamespace;
  owner_name := old.relowner::regrole;
  IF old.relkind <> 'r' THEN
    RAISE EXCEPTION 'Table % is partitioned already, or is no table', sessions;
  END IF;
  IF current_setting('belfry.partitions')::int < 1 THEN
    RAISE EXCEPTION 'partitions must be at least 1';
  END IF;
  IF NOT EXISTS (SELECT FROM pg_attribute WHERE attrelid = sessions AND attname = 'negotiated') THEN
    RAISE EXCEPTION 'Table % lacks migrations: run the SQL files in dev/belfry/postgres/migration first',
      sessions;
  END IF;
  -- What would be lost with the old table. What depends on it, as a view does, lets nobody drop it.
  IF old.relhasrules OR old.relrowsecurity
    OR EXISTS (SELECT FROM pg_trigger WHERE tgrelid = sessions AND NOT tgisinternal)
    OR EXISTS (SELECT FROM pg_publication_rel WHERE prrelid = sessions)
    OR EXISTS (SELECT FROM pg_inherits WHERE sessions IN (inhrelid, inhparent))
    OR EXISTS (SELECT FROM pg_attribute WHERE attrelid = sessions AND attacl IS NOT NULL)
  THEN
    RAISE EXCEPTION 'Table % has triggers, rules, row security, a publication, a parent or grants '
      'on columns: take them away first', sessions;
  END IF;

  SELECT coalesce('WITH (' || array_to_string(old.reloptions, ', ') || ')', '') INTO parameters;
  SELECT string_agg(quote_ident(attname), ', ' ORDER BY attnum) INTO columns FROM pg_attribute
    WHERE attrelid = sessions AND attnum > 0 AND NOT attisdropped AND attgenerated = '';
  SELECT array_agg(made ORDER BY position, made) INTO afterwards FROM (
    SELECT 1 AS position, format('ALTER TABLE %s ADD CONSTRAINT %I %s', sessions, conname,
      pg_get_constraintdef(oid)) AS made
    FROM pg_constraint WHERE conrelid = sessions AND contype IN ('p', 'u', 'f')
    UNION ALL
    SELECT 2, pg_get_indexdef(indexrelid) FROM pg_index
    WHERE indrelid = sessions AND indisvalid
    AND NOT EXISTS (SELECT FROM pg_constraint WHERE conindid = indexrelid AND conrelid = sessions)
    UNION ALL
    SELECT 3, format('GRANT %s ON %s TO %s%s', privilege_type, sessions,
      CASE grantee WHEN 0 THEN 'PUBLIC' ELSE grantee::regrole::text END,
      CASE WHEN is_grantable THEN ' WITH GRANT OPTION' ELSE '' END)
    FROM aclexplode(old.relacl) WHERE grantee <> old.relowner
    UNION ALL
    SELECT 4, format('COMMENT ON TABLE %s IS %L', sessions, description) FROM pg_description
    WHERE objoid = sessions AND classoid = 'pg_class'::regclass AND objsubid = 0) AS statements;

  target := format('%s.%I', schema_name, old.relname || '_partitioned');
  EXECUTE format('CREATE TABLE %s (LIKE %s INCLUDING ALL EXCLUDING INDEXES) PARTITION BY HASH (id)',
    target, sessions);
  EXECUTE format('ALTER TABLE %s OWNER TO %s', target, owner_name);
  FOR number IN 0 .. current_setting('belfry.partitions')::int - 1 LOOP
    partition := format('%s.%I', schema_name, old.relname || '_p' || number);
    EXECUTE format('CREATE TABLE %s PARTITION OF %s FOR VALUES WITH (MODULUS %s, REMAINDER %s) %s',
      partition, target, current_setting('belfry.partitions'), number, parameters);
    EXECUTE format('ALTER TABLE %s OWNER TO %s', partition, owner_name);
  END LOOP;
  EXECUTE format('INSERT INTO %s (%s) SELECT %s FROM %s', target, columns, columns, sessions);
  -- Each index is made after the rows are there, and under the name that is free then.
  EXECUTE format('DROP TABLE %s', sessions);
  EXECUTE format('ALTER TABLE %s RENAME TO %I', target, old.relname);
  FOREACH statement IN ARRAY afterwards LOOP
    EXECUTE statement;
  END LOOP;
END $$;

-- Of a partitioned table PostgreSQL takes no statistics by itself.
ANALYZE :"sessions";
