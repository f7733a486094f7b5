import { afterAll, beforeAll, expect, test } from 'vitest'
import { createTestDatabase, type TestDatabase } from '../support/database.ts'
import { receivedBody, sign } from '../support/kapso-bodies.ts'
import { startPipeline, type Pipeline } from '../support/pipeline.ts'
import { runAs } from '../support/run-as.ts'
import { makeWorkspace, type TestWorkspace } from '../support/workspace.ts'

let database: TestDatabase
let pipeline: Pipeline
let workspace: TestWorkspace
let count = 0

beforeAll(async () => {
  database = await createTestDatabase()
  pipeline = await startPipeline(database)
  workspace = await makeWorkspace(database.adminUrl)
})

afterAll(async () => {
  await pipeline.close()
  await database.drop()
})

/** A good message body as text, of a sender of its own, with something done to it. */
function spoiled(change: (text: string) => string): string {
  count++
  return change(
    JSON.stringify(
      receivedBody({
        wamid: `wamid.nasty${String(count)}`,
        phoneNumberId: workspace.phoneNumberId,
        phone: `62812000${String(10_000 + count)}`,
        text: 'TEXT',
      }),
    ),
  )
}

const withText = (json: string): string => spoiled((body) => body.replace('"TEXT"', json))
const withTimestamp = (json: string): string =>
  spoiled((body) => body.replace(/"timestamp":"\d+"/, `"timestamp":${json}`))

const stored: [name: string, body: () => string | Buffer][] = [
  ['right-to-left marks', () => withText(JSON.stringify('\u202Eabc\u202C \u200F\u061C'))],
  ['a NUL in the text', () => withText('"a\\u0000b"')],
  ['a lone surrogate in the text', () => withText('"a\\ud800b"')],
  ['invalid UTF-8 in the text', () => Buffer.concat(splitAround(withText('"MARK"')))],
  ['a text of 64 KB', () => withText(JSON.stringify('long '.repeat(13_107)))],
  ['a text of emoji joined together', () => withText(JSON.stringify('👩‍👩‍👧‍👦'.repeat(500)))],
  ['a number as the time', () => withTimestamp('1730092800')],
  ['no time at all', () => withTimestamp('null')],
  ['a time far in the future', () => withTimestamp('"99999999999999999999"')],
  ['an infinite number somewhere', () => spoiled((body) => body.replace('{', '{"extra":1e400000,'))],
  ['a key named __proto__', () => spoiled((body) => body.replace('{', '{"__proto__":{"message":null},'))],
  ['the same key twice', () => spoiled((body) => body.replace('{', '{"phone_number_id":null,'))],
  ['a key of 100 KB', () => spoiled((body) => body.replace('{', `{"${'k'.repeat(100_000)}":1,`))],
  ['ten thousand keys', () => spoiled((body) => body.replace('{', `{${manyKeys(10_000)},`))],
  ['a byte order mark in front of a name', () => withText(JSON.stringify('\uFEFFHalo'))],
]

const setAside: [name: string, body: () => string | Buffer][] = [
  ['nothing at all', () => ''],
  ['only spaces', () => '   \n\t '],
  ['a body cut in half', () => spoiled((body) => body.slice(0, body.length / 2))],
  ['a list', () => '[1, 2, 3]'],
  ['null', () => 'null'],
  ['a number beyond all numbers', () => '1e400000'],
  ['a text', () => '"message"'],
  [
    'UTF-16',
    () =>
      Buffer.from(
        spoiled((body) => body),
        'utf16le',
      ),
  ],
  ['bytes that are no text', () => Buffer.from([0xff, 0xfe, 0x00, 0x80, 0xc0, 0xc1])],
  ['twenty thousand lists in each other', () => '['.repeat(20_000) + ']'.repeat(20_000)],
  ['twenty thousand objects in each other', () => '{"a":'.repeat(20_000) + '1' + '}'.repeat(20_000)],
  [
    'a message nested too deeply',
    () => spoiled((body) => body.replace('{', `{"deep":${'['.repeat(500)}${']'.repeat(500)},`)),
  ],
  ['single quotes', () => "{'message': 1}"],
  ['a comment', () => '{"message": 1} // what'],
  ['NaN', () => '{"message": NaN}'],
  ['a message that is a list', () => '{"message": [], "conversation": [], "phone_number_id": []}'],
  ['a message that is a text', () => '{"message": "wamid", "phone_number_id": 5}'],
  ['a message without an id', () => spoiled((body) => body.replace(/"id":"wamid[^"]*"/, '"id":null'))],
  ['an id that is an object', () => spoiled((body) => body.replace(/"id":"wamid[^"]*"/, '"id":{}'))],
  ['a batch that is empty', () => '{"type":"whatsapp.message.received","batch":true,"data":[]}'],
  [
    'a batch of everything but objects',
    () => '{"type":"whatsapp.message.received","batch":true,"data":[null,1,"x",[],true]}',
  ],
  [
    'a batch of too many',
    () => `{"type":"whatsapp.message.received","batch":true,"data":[${'{},'.repeat(1_000)}{}]}`,
  ],
]

test.each(stored)('%s: the message is stored, and the next one too', async (_name, make) => {
  const before = await countMessages()
  await deliver(make())
  await deliver(spoiled((body) => body))
  await pipeline.applyAll(workspace)
  expect(await countMessages()).toBe(before + 2)
  expect(await listPending()).toEqual([])
})

test.each(setAside)(
  '%s: it is set aside with a reason, and the next one goes through',
  async (_name, make) => {
    const messages = await countMessages()
    const aside = await countSetAside()
    await deliver(make())
    await deliver(spoiled((body) => body))
    await pipeline.applyAll(workspace)
    expect(await countMessages()).toBe(messages + 1)
    expect(await countSetAside()).toBeGreaterThan(aside)
    expect(await listPending()).toEqual([])
  },
)

test('all of it in one batch of deliveries at the same time harms no other', async () => {
  const messages = await countMessages()
  const good = Array.from({ length: 20 }, () => spoiled((body) => body))
  await Promise.all([...setAside.map(([, make]) => make()), ...good].map((body) => deliver(body)))
  await pipeline.applyAll(workspace)
  expect(await countMessages()).toBe(messages + good.length)
  expect(await listPending()).toEqual([])
})

async function deliver(body: string | Buffer): Promise<void> {
  const bytes = typeof body === 'string' ? Buffer.from(body) : body
  expect(await pipeline.deliver(workspace, sign('whatsapp.message.received', bytes, workspace.secret))).toBe(
    200,
  )
}

/** Puts three bytes that are no UTF-8 where the text was. */
function splitAround(body: string): Buffer[] {
  const [before = '', after = ''] = body.split('MARK')
  return [Buffer.from(before), Buffer.from([0xc3, 0x28, 0xff]), Buffer.from(after)]
}

function manyKeys(keys: number): string {
  return Array.from({ length: keys }, (_, index) => `"k${String(index)}":${String(index)}`).join()
}

async function countMessages(): Promise<number> {
  const [row] = await runAs<{ count: number }>(
    database.adminUrl,
    'select count(*)::int as count from messages',
  )
  return row?.count ?? 0
}

async function countSetAside(): Promise<number> {
  const [row] = await runAs<{ count: number }>(
    database.adminUrl,
    `select count(*)::int as count from webhook_events where status = 'quarantined' and reason is not null`,
  )
  return row?.count ?? 0
}

function listPending(): Promise<unknown[]> {
  return runAs(database.adminUrl, `select id from webhook_events where status in ('pending', 'failed')`)
}
