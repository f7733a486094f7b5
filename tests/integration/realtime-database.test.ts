import { randomUUID } from 'node:crypto'
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest'
import { runAs } from '../support/run-as.ts'
import { openRawSocket } from '../support/realtime-socket.ts'
import {
  collectSystemMessages,
  eventually,
  listen,
  realtimeKeys,
  roomPolicies,
  signToken,
  startTestRealtime,
  subscribe,
  waitForEvent,
} from '../support/realtime.ts'
import type { Heard, TestRealtime } from '../support/realtime.ts'

let realtime: TestRealtime
let topic: string

beforeAll(async () => {
  realtime = await startTestRealtime(
    `${roomPolicies}
    create table public.rooms_changed (id int primary key, topic text not null, name text);
    create function public.rooms_changed_broadcast() returns trigger language plpgsql as $$
    begin
      perform realtime.broadcast_changes(
        coalesce(new.topic, old.topic), tg_op, tg_op, tg_table_name, tg_table_schema, new, old, tg_level
      );
      return null;
    end $$;
    create trigger rooms_changed_broadcast after insert or update or delete on public.rooms_changed
      for each row execute function public.rooms_changed_broadcast();`,
    { maxPayloadBytes: 10_000 },
  )
})
beforeEach(() => {
  topic = `room:${randomUUID()}`
})
afterAll(() => realtime.close())

const config = { private: true, broadcast: { replication_ready: true } }

/** A private channel to which the database's broadcasts arrive from now on. */
async function listenToDatabase(vsn = '2.0.0') {
  const heard: Heard[] = []
  const client = await realtime.connect({ readToken: signToken, realtime: { vsn } })
  const channel = client.channel(topic, { config })
  channel.on('broadcast', { event: '*' }, (message) => heard.push(message as unknown as Heard))
  const messages = collectSystemMessages(channel)
  await subscribe(channel)
  await eventually(() => expect(messages).toHaveLength(1))
  return { heard, messages }
}

function send(payload: string, event = 'hello', isPrivate = true) {
  return realtime.owner.query('select realtime.send($1::jsonb, $2, $3, $4)', [
    payload,
    event,
    topic,
    isPrivate,
  ])
}

it('says when broadcasts from the database arrive, if asked', async () => {
  const { messages } = await listenToDatabase()
  expect(messages).toEqual([
    { extension: 'system', status: 'ok', message: 'Replication connection established', channel: topic },
  ])
})

describe('realtime.send', () => {
  it.each(['1.0.0', '2.0.0'])('reaches private channels in version %s', async (vsn) => {
    const { heard } = await listenToDatabase(vsn)
    await send('{"n": 1, "text": "Selamat pagi ☀️"}')
    await waitForEvent(heard, 'hello')
    const id = expect.stringMatching(/^[0-9a-f-]{36}$/) as unknown
    expect(heard).toEqual([
      { type: 'broadcast', event: 'hello', payload: { n: 1, text: 'Selamat pagi ☀️', id }, meta: { id } },
    ])
    expect((heard[0]?.payload as { id: string }).id).toBe(heard[0]?.meta?.id)
  })

  it('reaches public channels when it is told to, and only those', async () => {
    const { heard } = await listenToDatabase()
    const open = await listen(await realtime.connect(), topic)
    await send('{}', 'public', false)
    await send('{}', 'private')
    await waitForEvent(heard, 'private')
    await waitForEvent(open.heard, 'public')
    expect([heard.length, open.heard.length]).toEqual([1, 1])
  })

  it('leaves an id that the payload has', async () => {
    const { heard } = await listenToDatabase()
    await send('{"id": "mine"}')
    await waitForEvent(heard, 'hello')
    expect(heard[0]?.payload).toEqual({ id: 'mine' })
  })

  it('sends long numbers digit by digit', async () => {
    await listenToDatabase()
    const raw = await openRawSocket(realtime.port, { version: '1.0.0', key: realtimeKeys.secret })
    const texts: string[] = []
    raw.socket.on('message', (data: Buffer) => texts.push(data.toString()))
    await raw.answerTo(raw.push(`realtime:${topic}`, 'phx_join', { config: { private: true } }))
    await send('{"n": 12345678901234567890.5}')
    await raw.waitFor(`realtime:${topic}`, 'broadcast')
    expect(texts.at(-1)).toContain('"n": 12345678901234567890.5')
    raw.socket.close()
  })

  it('sends what a transaction commits, in its order, and nothing of one that is rolled back', async () => {
    const { heard } = await listenToDatabase()
    await runAs(
      realtime.adminUrl,
      `begin; select realtime.send('{}', 'undone', '${topic}'); rollback;
      begin; select realtime.send(jsonb_build_object('n', n), 'number', '${topic}') from generate_series(1, 500) as n;
      select realtime.send('{}', 'last', '${topic}'); commit;`,
    )
    await waitForEvent(heard, 'last')
    const numbers = heard.slice(0, -1).map(({ payload }) => (payload as { n: number }).n)
    expect(numbers).toEqual(Array.from({ length: 500 }, (_, index) => index + 1))
  })

  it('never fails the transaction it is called in', async () => {
    const { heard } = await listenToDatabase()
    const calls = ["'[1]', 'list', ", "'1', 'number', ", "null, 'nothing', ", "'{}', 'no topic', null --"]
    for (const call of calls) await realtime.owner.query(`select realtime.send(${call} '${topic}'\n)`)
    // The caller has no right to write there.
    await runAs(realtime.adminUrl, `set role anon; select realtime.send('{}', 'not allowed', '${topic}')`)
    await send('{}', 'last')
    await waitForEvent(heard, 'last')
    // A null payload is a row without content: nobody hears it.
    expect(heard.map(({ event }) => event)).toEqual(['last'])
  })

  it('is dropped when it is larger than the limit', async () => {
    const { heard } = await listenToDatabase()
    await send(JSON.stringify({ text: 'x'.repeat(20_000) }), 'large')
    await send('{}', 'small')
    await waitForEvent(heard, 'small')
    expect(heard).toHaveLength(1)
    expect(realtime.logged.at(-1)).toContain('larger than 10000 bytes')
  })
})

it('realtime.send_binary reaches channels of version 2.0.0', async () => {
  const { heard } = await listenToDatabase()
  await realtime.owner.query("select realtime.send_binary('\\xdeadbeef00ff', 'bytes', $1, true)", [topic])
  await waitForEvent(heard, 'bytes')
  expect(Buffer.from(heard[0]?.payload as ArrayBuffer).toString('hex')).toBe('deadbeef00ff')
})

describe('realtime.broadcast_changes', () => {
  it('tells about rows that are inserted, updated and deleted', async () => {
    const { heard } = await listenToDatabase()
    const query = (text: string) => realtime.owner.query(text)
    await query(`insert into rooms_changed values (1, '${topic}', 'first')`)
    await query(`update rooms_changed set name = 'second' where topic = '${topic}'`)
    await query(`delete from rooms_changed where topic = '${topic}'`)
    await waitForEvent(heard, 'DELETE')
    const [first, second] = ['first', 'second'].map((name) => ({ id: 1, topic, name }))
    const common = { schema: 'public', table: 'rooms_changed', id: expect.any(String) as unknown }
    expect(heard.map(({ payload }) => payload)).toEqual([
      { ...common, operation: 'INSERT', record: first, old_record: null },
      { ...common, operation: 'UPDATE', record: second, old_record: first },
      { ...common, operation: 'DELETE', record: null, old_record: second },
    ])
  })

  it('raises when it is called for a statement or another operation', async () => {
    const call = (operation: string, level: string) =>
      realtime.owner.query(
        `select realtime.broadcast_changes('a', 'b', '${operation}', 'c', 'd', null::record, null::record, '${level}')`,
      )
    await expect(call('INSERT', 'STATEMENT')).rejects.toThrow('row triggers only')
    await expect(call('TRUNCATE', 'ROW')).rejects.toThrow('no operation TRUNCATE')
  })
})

describe('realtime.messages', () => {
  it('has a partition for each day from yesterday to three days ahead', async () => {
    const { rows } = await realtime.owner.query<{ name: string; owner: string }>(
      `select c.relname as name, c.relowner::regrole::text as owner from pg_inherits
      join pg_class c on c.oid = inhrelid where inhparent = 'realtime.messages'::regclass order by 1`,
    )
    const days = [-1, 0, 1, 2, 3].map((day) =>
      new Date(Date.now() + day * 86_400_000).toISOString().slice(0, 10),
    )
    const expected = days.map((day) => `messages_${day.replaceAll('-', '_')}`)
    expect(rows).toEqual(expected.map((name) => ({ name, owner: 'supabase_realtime_admin' })))
  })

  it('loses partitions that are older than three days, and gets back one that is missing', async () => {
    const partition = `messages_${new Date(Date.now() + 3 * 86_400_000).toISOString().slice(0, 10).replaceAll('-', '_')}`
    const exists = async (name: string) => {
      const { rows } = await realtime.owner.query<{ found: boolean }>(
        `select to_regclass('realtime.${name}') is not null as found`,
      )
      return rows[0]?.found
    }
    await runAs(
      realtime.adminUrl,
      `create table realtime.messages_2020_01_31 partition of realtime.messages
        for values from ('2020-01-31') to ('2020-02-01');
      drop table realtime.${partition};
      select _realtime.maintain_partitions()`,
    )
    expect(await exists('messages_2020_01_31')).toBe(false)
    expect(await exists(partition)).toBe(true)
  })

  it('is owned as on hosted, where postgres may write policies and clients reach it only through them', async () => {
    const { rows } = await realtime.owner.query<{ owner: string; secured: boolean }>(
      `select relowner::regrole::text as owner, relrowsecurity as secured from pg_class
      where oid = 'realtime.messages'::regclass`,
    )
    expect(rows).toEqual([{ owner: 'supabase_realtime_admin', secured: true }])
    const asAnon = runAs(
      realtime.adminUrl,
      "set role anon; insert into realtime.messages values ('a', 'broadcast')",
    )
    await expect(asAnon).rejects.toThrow('row-level security')
  })
})
