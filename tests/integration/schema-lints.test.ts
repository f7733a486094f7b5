import { describe, expect, test } from 'vitest'
import { useSchemaRules, ourTables } from '../support/schema-rules.ts'
import { installationTables } from '../support/tenancy/access.ts'
import { listTables } from '../support/tenancy/catalog.ts'
import { tenantColumnOf } from '../support/tenancy/tenant.ts'

const { admin, list, expectRule } = useSchemaRules()

/** Tables whose rows members find by another way than their workspace, and how. */
const foundOtherwise: Record<string, string> = {
  'public.webhook_deliveries': 'by id, from the rows of the ledger: the door writes it with every delivery',
}

describe('tables of tenants', () => {
  test('name the workspace, always', async () => {
    const tables = (await listTables(admin())).filter((table) => !installationTables.includes(table))
    expect(tables.length).toBeGreaterThan(0)
    for (const table of tables) {
      const [nullable] = await list(
        `select (not attnotnull)::text from pg_catalog.pg_attribute where attrelid = $1::regclass and attname = $2`,
        [table, tenantColumnOf(table)],
      )
      expect({ table, nullable }).toEqual({ table, nullable: 'false' })
    }
  })

  test('have an index over all their rows that begins with the workspace', () =>
    expectRule(
      async () => {
        const indexed = await list(`
          select t.table from ${ourTables} t
          join pg_catalog.pg_index i on i.indrelid = t.oid and i.indpred is null and i.indisvalid
          join pg_catalog.pg_attribute a on a.attrelid = t.oid and a.attnum = i.indkey[0]
          where a.attname = case t.table when 'public.workspaces' then 'id' else 'workspace_id' end`)
        const tables = await listTables(admin())
        const exempt = [...Object.keys(foundOtherwise), ...installationTables]
        return tables.filter((table) => !indexed.includes(table) && !exempt.includes(table))
      },
      'alter table public.sync_health drop constraint sync_health_workspace_id_kind_subject_id_key',
      ['public.sync_health'],
    ))

  test('have search indexes that begin with the workspace, too', () =>
    expectRule(
      () =>
        list(`select i.indexrelid::regclass::text from ${ourTables} t
          join pg_catalog.pg_index i on i.indrelid = t.oid
          join pg_catalog.pg_class c on c.oid = i.indexrelid
          join pg_catalog.pg_am m on m.oid = c.relam and m.amname in ('gin', 'gist')
          left join pg_catalog.pg_attribute a on a.attrelid = t.oid and a.attnum = i.indkey[0]
          where a.attname is distinct from 'workspace_id'`),
      `create index broken on public.contacts using gin (to_tsvector('simple', name))`,
      ['public.broken'],
    ))
})

/** What Supabase's own linter ("splinter") would warn of, as far as it matters here. */
describe('lints', () => {
  test('no foreign key without an index', () =>
    expectRule(
      () =>
        list(`
          select k.conrelid::regclass || ': ' || k.conname
          from pg_catalog.pg_constraint k join ${ourTables} t on t.oid = k.conrelid
          where k.contype = 'f' and not exists (
            select from pg_catalog.pg_index i
            where i.indrelid = k.conrelid and i.indisvalid
              and (i.indkey::int2[])[0:cardinality(k.conkey) - 1] @> k.conkey
              and (i.indpred is null or pg_catalog.pg_get_expr(i.indpred, i.indrelid) = (
                select '(' || string_agg(a.attname || ' IS NOT NULL', ' AND ') || ')'
                from pg_catalog.pg_attribute a
                where a.attrelid = k.conrelid and a.attnum = any (k.conkey) and not a.attnotnull
              ))
          )
          order by 1`),
      'drop index public.messages_author_id',
      ['public.messages: messages_author_id_fkey'],
    ))

  test('no two indexes that are the same', () =>
    expectRule(
      () =>
        list(`select min(i.indexrelid::regclass::text) from ${ourTables} t
          join pg_catalog.pg_index i on i.indrelid = t.oid
          group by i.indrelid, i.indkey, i.indoption, i.indclass, pg_catalog.pg_get_expr(i.indpred, i.indrelid),
            pg_catalog.pg_get_expr(i.indexprs, i.indrelid)
          having count(*) > 1`),
      'create index another on public.contacts (workspace_id, changed_xid)',
      ['public.another'],
    ))

  test('no table without a primary key', () =>
    expectRule(
      () =>
        list(`select t.table from ${ourTables} t where not exists (
          select from pg_catalog.pg_index i where i.indrelid = t.oid and i.indisprimary)`),
      'create table public.broken ()',
      ['public.broken'],
    ))

  test('no extension in public', () =>
    expectRule(
      () =>
        list(`select e.extname from pg_catalog.pg_extension e
          join pg_catalog.pg_namespace n on n.oid = e.extnamespace where n.nspname in ('public', 'private')`),
      'create extension unaccent schema public',
      ['unaccent'],
    ))

  test('no function of Auth or ours that a policy calls row by row', () =>
    expectRule(
      () =>
        list(`select tablename || ': ' || policyname
          from pg_catalog.pg_policies, unnest(array[qual, with_check]) as expression
          where schemaname in ('public', 'realtime', 'storage')
            and regexp_replace(expression, 'SELECT\\s+(\\(\\s*SELECT\\s+)*(private|auth|realtime)\\.', '', 'g')
              ~ '(private|auth)\\.\\w+\\('`),
      `create policy "Row by row" on public.contacts for delete to my21_member
         using (workspace_id = private.my_user_id())`,
      ['contacts: Row by row'],
    ))

  test('no view that shows more than the reader may see', () =>
    expectRule(
      () =>
        list(`select c.oid::regclass::text from pg_catalog.pg_class c
          join pg_catalog.pg_namespace n on n.oid = c.relnamespace
          where n.nspname = 'public' and (c.relkind = 'm' or c.relkind = 'v'
            and not coalesce(c.reloptions, '{}') && array['security_invoker=true', 'security_invoker=on'])`),
      'create view public.broken as select 1 as one',
      ['public.broken'],
    ))

  test('no policy without row-level security', () =>
    expectRule(
      () =>
        list(`select t.table from ${ourTables} t where not t.relrowsecurity
          and exists (select from pg_catalog.pg_policy p where p.polrelid = t.oid)`),
      'alter table public.contacts disable row level security',
      ['public.contacts'],
    ))
})
