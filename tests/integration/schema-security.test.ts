import { describe, expect, test } from 'vitest'
import { useSchemaRules, ourTables } from '../support/schema-rules.ts'
import { listCallableFunctions } from '../support/tenancy/catalog.ts'

const { admin, list, expectRule } = useSchemaRules()

describe('row-level security', () => {
  test('is on for every table', () =>
    expectRule(
      () => list(`select t.table from ${ourTables} t where not t.relrowsecurity`),
      'create table private.broken (workspace_id uuid primary key)',
      ['private.broken'],
    ))

  test('comes with a policy on every table of public', () =>
    expectRule(
      () =>
        list(`select t.table from ${ourTables} t
          where t.schema = 'public' and not exists (select from pg_catalog.pg_policy p where p.polrelid = t.oid)`),
      'create table public.broken (); alter table public.broken enable row level security',
      ['public.broken'],
    ))

  test('has policies for my21_member, and for authenticated on the tables of Realtime and Storage alone', () =>
    expectRule(
      () =>
        list(`select schemaname || '.' || tablename || ': ' || policyname from pg_catalog.pg_policies
          where not case
            when schemaname || '.' || tablename in ('realtime.messages', 'storage.objects') then roles = '{authenticated}'
            else schemaname = 'public' and roles = '{my21_member}'
          end`),
      `create policy "Everybody" on public.contacts for select using (false)`,
      ['public.contacts: Everybody'],
    ))

  test('has policies in the one form that is evaluated once per statement', () =>
    expectRule(
      async () => {
        const { rows } = await admin().query<{ name: string; expression: string }>(
          `select tablename || ': ' || policyname as name, expression
           from pg_catalog.pg_policies, unnest(array[qual, with_check]) as expression
           where schemaname = 'public' and expression is not null`,
        )
        expect(rows.length).toBeGreaterThan(0)
        const broken: string[] = []
        for (const { name, expression } of rows) if (!(await isOneForm(expression))) broken.push(name)
        return broken
      },
      `create policy "Slow" on public.contacts for delete to my21_member
         using (workspace_id in (select private.my_workspace_ids()));
       create policy "Anybody's" on public.contacts for update to my21_member
         using (workspace_id = any (array(select private.my_workspace_ids())) or (select private.my_user_id()) = root_id);
       create policy "Row by row" on public.contacts for insert to my21_member
         with check ((select private.can_see_contact(workspace_id, id)))`,
      ['contacts: Slow', "contacts: Anybody's", 'contacts: Row by row'],
    ))

  test('has one policy per action', () =>
    expectRule(
      () =>
        list(`select tablename || ': ' || cmd from pg_catalog.pg_policies where schemaname = 'public'
          group by tablename, cmd having count(*) > 1 or cmd = 'ALL'`),
      `create policy "Another" on public.contacts for select to my21_member using (false)`,
      ['contacts: SELECT'],
    ))
})

const ids = String.raw`private\.my_((un)?restricted_)?workspace_ids(_as\(VARIADIC ARRAY\[[^\]]*\]\)|\(\)) AS \w+`
/** What a policy may ask, and what it says of a row: whose it is, asked once per statement; whether it may be seen, asked for each. */
const questions = {
  tenancy: new RegExp(
    String.raw`\b((workspace_)?id|team_id) = ANY \(ARRAY\( SELECT (${ids}|private\.my_team_ids\(\) AS my_team_ids)\)\)`,
    'g',
  ),
  sight: /\( SELECT private\.can_see_\w+\([\w.]+(, [\w.]+)*\) AS \w+\)/g,
  more: /\b\w+_id = \( SELECT private\.my_user_id\(\) AS my_user_id\)|\b\w+_id IS (NOT )?NULL|\bis_\w+\b/g,
}

/**
 * `workspace_id = any (array(select ...))`, with whether the row names the member or may be seen beside it. Without the
 * first nothing is let through, whatever the question that is asked for each row; with it nothing needs that.
 */
async function isOneForm(expression: string): Promise<boolean> {
  const judge = async (tenancy: boolean, sight: boolean) => {
    const judged = expression
      .replace(/\s+/g, ' ')
      .replace(questions.tenancy, String(tenancy))
      .replace(questions.sight, String(sight))
      .replace(questions.more, 'true')
    if (!/^([\s()]|AND|OR|NOT|true|false)+$/.test(judged)) return undefined
    const { rows } = await admin().query<{ holds: boolean }>(
      `select ${judged.replace(/NOT true/g, 'true')} as holds`,
    )
    return rows[0]?.holds
  }
  return (await judge(false, true)) === false && (await judge(true, false)) === true
}

describe('rights', () => {
  const rights = (schemas: string, grantees: string) => `
    select coalesce(r.rolname, 'public') || ' on ' || o.name || ': ' || a.privilege_type
    from (
      select n.nspname as schema, n.nspname || '.' || c.relname as name, c.relowner as owner,
        coalesce(c.relacl, pg_catalog.acldefault(case c.relkind when 'S' then 's' else 'r' end::"char", c.relowner)) as acl
      from pg_catalog.pg_class c join pg_catalog.pg_namespace n on n.oid = c.relnamespace
      where c.relkind in ('r', 'p', 'v', 'm', 'f', 'S')
      union all
      select n.nspname, n.nspname || '.' || c.relname || '.' || t.attname, c.relowner, t.attacl
      from pg_catalog.pg_attribute t
      join pg_catalog.pg_class c on c.oid = t.attrelid join pg_catalog.pg_namespace n on n.oid = c.relnamespace
      where t.attacl is not null
      union all
      select n.nspname, p.oid::regprocedure::text, p.proowner,
        coalesce(p.proacl, pg_catalog.acldefault('f', p.proowner))
      from pg_catalog.pg_proc p join pg_catalog.pg_namespace n on n.oid = p.pronamespace
    ) o
    cross join lateral pg_catalog.aclexplode(o.acl) a
    left join pg_catalog.pg_roles r on r.oid = a.grantee
    where o.schema in (${schemas}) and coalesce(r.rolname, 'public') in (${grantees}) and a.grantee <> o.owner
    order by 1`

  test('the roles of the Data API have none on anything in public', () =>
    expectRule(
      () => list(rights(`'public'`, `'anon', 'authenticated', 'service_role', 'public'`)),
      `create table public.broken (id bigint generated always as identity);
       grant select on public.broken to anon;
       grant usage on sequence public.broken_id_seq to service_role;
       create function public.broken() returns void language sql as '';
       grant execute on function public.broken() to authenticated`,
      [
        'anon on public.broken: SELECT',
        'authenticated on public.broken(): EXECUTE',
        'service_role on public.broken_id_seq: USAGE',
      ],
    ))

  test('an object that a later migration makes in public is open to nobody but the worker', async () => {
    await admin().query('begin')
    await admin().query(
      `set local role postgres;
       create table public.later (id bigint generated always as identity);
       create function public.later() returns void language sql as '';
       create function private.later() returns void language sql as ''`,
    )
    const grantees = `'anon', 'authenticated', 'service_role', 'public', 'my21_member', 'my21_web'`
    const later = (await list(rights(`'public', 'private'`, grantees))).filter((right) =>
      right.includes('.later'),
    )
    await admin().query('rollback')
    expect(later).toEqual([])
  })

  test('web has none on any table, and on three tables of the queue', () =>
    expectRule(
      () =>
        list(rights(`'public', 'private'`, `'my21_web'`)).then((all) =>
          all.filter((right) => !right.includes('(')),
        ),
      'grant select (name) on public.contacts to my21_web',
      ['my21_web on public.contacts.name: SELECT'],
    ))

  test('web has what it needs of the queue and no more', async () => {
    expect(await list(rights(`'pgboss'`, `'my21_web', 'public'`))).toEqual([
      'my21_web on pgboss.job.id: SELECT',
      'my21_web on pgboss.job.start_after: SELECT',
      'my21_web on pgboss.job: INSERT',
      'my21_web on pgboss.job_common.id: SELECT',
      'my21_web on pgboss.job_common.start_after: SELECT',
      'my21_web on pgboss.job_common: INSERT',
      'my21_web on pgboss.job_now(): EXECUTE',
      'my21_web on pgboss.queue: SELECT',
      'my21_web on pgboss.version: SELECT',
    ])
  })

  test('each role may call these functions of ours', async () => {
    const callable: Record<string, string[]> = {}
    for (const role of ['anon', 'authenticated', 'service_role', 'my21_web']) {
      callable[role] = (await listCallableFunctions(admin(), role)).map(
        (signature) => signature.split('(')[0] ?? '',
      )
    }
    expect(callable).toEqual({
      anon: [],
      authenticated: ['private.can_use_topic', 'private.my_user_id'],
      service_role: [],
      my21_web: [
        'private.beat_web_heartbeat',
        'private.count_webhook_duplicates',
        'private.count_webhook_refusals',
        'private.find_webhook_endpoint',
        'private.seconds_since_worker_heartbeat',
        'private.store_webhook_events',
      ],
    })
  })

  test('web becomes a member only by saying so', async () => {
    const { rows } = await admin().query(
      `select m.inherit_option as inherit, m.set_option as set, m.admin_option as admin
       from pg_catalog.pg_auth_members m
       where m.roleid = 'my21_member'::regrole and m.member = 'my21_web'::regrole`,
    )
    expect(rows).toEqual([{ inherit: false, set: true, admin: false }])
    const { rows: roles } = await admin().query(
      `select rolname, rolsuper, rolcreaterole, rolcreatedb, rolreplication, rolbypassrls, rolcanlogin
       from pg_catalog.pg_roles where rolname like 'my21%' order by rolname`,
    )
    const harmless = { rolsuper: false, rolcreaterole: false, rolcreatedb: false, rolreplication: false }
    expect(roles).toEqual([
      { rolname: 'my21_member', ...harmless, rolbypassrls: false, rolcanlogin: false },
      { rolname: 'my21_web', ...harmless, rolbypassrls: false, rolcanlogin: true },
      { rolname: 'my21_worker', ...harmless, rolbypassrls: true, rolcanlogin: true },
    ])
  })

  test('nothing else belongs to members, and members, web and worker belong to nothing else', async () => {
    const memberships = await list(
      `select m.member::regrole || ' in ' || m.roleid::regrole from pg_catalog.pg_auth_members m
       where m.member::regrole::text like 'my21%' or m.roleid::regrole::text like 'my21%'
       order by 1`,
    )
    // Whoever makes a role administers it, without having its rights.
    expect(memberships.filter((membership) => !membership.startsWith('postgres in '))).toEqual([
      'my21_web in my21_member',
    ])
  })
})

describe('functions', () => {
  test('have a search path of their own, empty where they run with the rights of their owner', () =>
    expectRule(
      () =>
        list(`select p.oid::regprocedure::text
          from pg_catalog.pg_proc p join pg_catalog.pg_namespace n on n.oid = p.pronamespace
          where n.nspname in ('public', 'private')
            and not coalesce(p.proconfig, '{}') && array['search_path=""', 'search_path=']`),
      `create function private.broken() returns void language sql security definer set search_path = public as ''`,
      ['private.broken()'],
    ))

  test('that run with the rights of their owner are in no exposed schema', () =>
    expectRule(
      () =>
        list(`select p.oid::regprocedure::text
          from pg_catalog.pg_proc p join pg_catalog.pg_namespace n on n.oid = p.pronamespace
          where n.nspname = 'public' and p.prosecdef`),
      `create function public.broken() returns void language sql security definer set search_path = '' as ''`,
      ['public.broken()'],
    ))

  test('are owned by the owner of the project', () =>
    expectRule(
      () =>
        list(`select p.oid::regprocedure::text
          from pg_catalog.pg_proc p join pg_catalog.pg_namespace n on n.oid = p.pronamespace
          where n.nspname in ('public', 'private') and p.proowner <> 'postgres'::regrole`),
      `reset role; create function public.broken() returns void language sql set search_path = '' as ''`,
      ['public.broken()'],
    ))
})
