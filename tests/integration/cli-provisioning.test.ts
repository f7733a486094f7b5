import { writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { createClient } from '@supabase/supabase-js'
import type pg from 'pg'
import { afterAll, afterEach, beforeAll, describe, expect, test } from 'vitest'
import { createPool } from '../../src/lib/server/database/pool.ts'
import { createEndpointFinder } from '../../src/lib/server/ingest/webhook-endpoints.ts'
import { channelApiKeyContext, createSealer } from '../../src/lib/server/secrets/sealing.ts'
import { commandEnvironment, runCommand, type CommandResult } from '../support/command-line.ts'
import { startTestStack, type TestStack } from '../support/embedded-stack.ts'
import { encryptionKeys } from '../support/workspace.ts'

const origin = 'https://inbox.example.com'
const password = 'correct horse 7121'
const webhookSecret = 'webhook secret 7122'
const apiKey = 'api key 7123'
let stack: TestStack
let owner: pg.Pool
let environment: Record<string, string>
const results: CommandResult[] = []

beforeAll(async () => {
  stack = await startTestStack()
  owner = createPool({ connectionString: stack.ownerUrl, applicationName: 'test', max: 1 })
  await owner.query(`alter role my21_worker password 'worker'; alter role my21_web password 'web'`)
  environment = commandEnvironment(stack, origin)
})

afterAll(async () => {
  await owner.end()
  await stack.remove()
})

afterEach(() => {
  for (const { stdout, stderr } of results.splice(0)) {
    for (const secret of [password, webhookSecret, apiKey, stack.secretKey, encryptionKeys, ':worker@']) {
      expect(stdout + stderr).not.toContain(secret)
    }
    expect(stderr).not.toMatch(/\n\s+at /)
  }
})

async function run(words: string[], more: Record<string, string> = {}, input = '') {
  const result = await runCommand(words, { ...environment, ...more }, input)
  results.push(result)
  return result
}

function parse(result: CommandResult): Record<string, string> {
  expect(result).toMatchObject({ exitCode: 0, stderr: '' })
  return JSON.parse(result.stdout) as Record<string, string>
}

const oneLine = (exitCode: number, text: string) => ({
  exitCode,
  stdout: '',
  stderr: expect.stringMatching(new RegExp(`^[^\\n]*${text}[^\\n]*\\n$`)) as string,
})

function createWorkspace(email: string, words: string[] = [], more: Record<string, string> = {}, input = '') {
  const named = ['--name', 'Toko Maju', '--owner-email', email, ...words]
  return run(['workspace', 'create', '--json', ...named], more, input)
}

async function countWorkspaces() {
  const { rows } = await owner.query<{ count: number }>('select count(*) from workspaces')
  return rows[0]?.count
}

describe('workspace create', () => {
  test('makes the owner and the workspace', async () => {
    const words = ['--owner-password', password, '--time-zone', 'Asia/Makassar', '--country', 'sg']
    const created = parse(await createWorkspace('first@example.com', [...words, '--owner-name', 'Sari']))
    expect(Object.keys(created)).toEqual(['workspaceId', 'ownerId', 'slug'])
    const { rows } = await owner.query(
      `select w.id, w.slug, w.name, w.time_zone, w.default_country, m.user_id, m.role, m.display_name
       from workspaces w join workspace_members m on m.workspace_id = w.id where w.id = $1`,
      [created['workspaceId']],
    )
    expect(rows).toEqual([
      {
        id: created['workspaceId'],
        slug: created['slug'],
        name: 'Toko Maju',
        time_zone: 'Asia/Makassar',
        default_country: 'SG',
        user_id: created['ownerId'],
        role: 'owner',
        display_name: 'Sari',
      },
    ])
    const { auth } = createClient(stack.apiUrl, stack.publishableKey, { auth: { persistSession: false } })
    const { data } = await auth.signInWithPassword({ email: 'first@example.com', password })
    expect(data.user?.id).toBe(created['ownerId'])
  })

  test('takes the password from the environment, a file or standard input', async () => {
    const file = join(stack.directory, 'password')
    await writeFile(file, `${password}\n`, { mode: 0o600 })
    const email = 'sources@example.com'
    const ids = [
      parse(await createWorkspace(email, [], { OWNER_PASSWORD: password })),
      parse(await createWorkspace(email, ['--owner-password-file', file])),
      parse(await createWorkspace(email, ['--owner-password', '-'], {}, `${password}\n`)),
    ].map((created) => created['ownerId'])
    expect(new Set(ids).size).toBe(1)
  })

  test('tells people what it did', async () => {
    const words = ['--name', 'Toko Maju', '--owner-email', 'people@example.com', '--owner-password', password]
    const { stdout } = await run(['workspace', 'create', ...words])
    expect(stdout).toMatch(/^Workspace Toko Maju is ready: toko-maju-[0-9a-f]{8}\n.*people@example\.com/)
  })

  test('leaves everything as it is when the password of the account is another one', async () => {
    parse(await createWorkspace('other@example.com', ['--owner-password', password]))
    const before = await countWorkspaces()
    const result = await createWorkspace('other@example.com', ['--owner-password', 'not the password'])
    expect(result).toEqual(oneLine(1, 'its password is another one'))
    expect(await countWorkspaces()).toBe(before)
  })

  test.each([
    [['--time-zone', 'Mars/Olympus'], 1, 'There is no such time zone'],
    [['--country', 'Indonesia'], 2, "option '--country <code>'"],
    [['--owner-email', 'nobody'], 2, 'an e-mail address'],
    [['--name', ' '], 2, 'must not be empty'],
    [['--owner-password-file', '/nowhere/at/all'], 1, 'The file with the owner password cannot be read'],
  ])('refuses %j', async (words, exitCode, text) => {
    const env: Record<string, string> = words.includes('--owner-password-file')
      ? {}
      : { OWNER_PASSWORD: password }
    expect(await createWorkspace('wrong@example.com', words, env)).toEqual(oneLine(exitCode, text))
  })

  test('asks for a password', async () => {
    expect(await createWorkspace('none@example.com')).toEqual(oneLine(2, 'OWNER_PASSWORD'))
    expect(await createWorkspace('none@example.com', ['--owner-password', '-'])).toEqual(
      oneLine(1, 'The owner password is empty'),
    )
  })
})

describe('channel add', () => {
  let workspace: Record<string, string>

  beforeAll(async () => {
    workspace = parse(await createWorkspace('channels@example.com', ['--owner-password', password]))
  })

  const secrets = ['--webhook-secret', webhookSecret, '--api-key', apiKey]

  function addChannel(words: string[], more: Record<string, string> = {}, input = '') {
    return run(['channel', 'add', '--json', '--display-phone', '+62 812 0000 1234', ...words], more, input)
  }

  test('makes a channel whose endpoint takes deliveries signed with the secret', async () => {
    const words = ['--workspace', workspace['slug'] ?? '', '--phone-number-id', '1234567', ...secrets]
    const added = parse(await addChannel([...words, '--api-url', 'http://127.0.0.1:3210']))
    expect(added).toEqual({
      channelId: added['channelId'],
      endpointId: added['endpointId'],
      webhookUrl: `${origin}/webhooks/kapso/${added['endpointId'] ?? ''}`,
    })
    const web = createPool({
      connectionString: `postgres://my21_web:web@127.0.0.1:${stack.postgresPort}/postgres`,
      applicationName: 'test',
      max: 1,
    })
    const sealer = createSealer(encryptionKeys)
    const endpoint = await createEndpointFinder(web, sealer)(added['endpointId'] ?? '')
    expect(endpoint).toMatchObject({ id: added['endpointId'], workspaceId: workspace['workspaceId'] })
    expect(endpoint?.secrets.map(({ key }) => key.export().toString())).toEqual([webhookSecret])
    await web.end()
    const { rows } = await owner.query<Record<string, string> & { sealed: Buffer }>(
      `select c.name, c.display_phone, c.identity_scope, c.kapso_api_url, k.sealed
       from channels c join private.channel_api_keys k on k.channel_id = c.id where c.id = $1`,
      [added['channelId']],
    )
    expect(rows).toHaveLength(1)
    const { sealed = Buffer.alloc(0), ...channel } = rows[0] ?? {}
    expect(channel).toEqual({
      name: '+62 812 0000 1234',
      display_phone: '+62 812 0000 1234',
      identity_scope: 'channel:1234567',
      kapso_api_url: 'http://127.0.0.1:3210',
    })
    const context = channelApiKeyContext(workspace['workspaceId'] ?? '', added['channelId'] ?? '')
    expect(sealer.open(sealed, context)).toBe(apiKey)
  })

  test('knows the scope of user ids when it is told the business account', async () => {
    const words = ['--workspace', workspace['workspaceId'] ?? '', '--phone-number-id', '2', '--name', 'Sales']
    const added = parse(
      await addChannel([...words, '--business-account-id', '77', '--webhook-secret', '-'], {}, webhookSecret),
    )
    const { rows } = await owner.query('select name, identity_scope from channels where id = $1', [
      added['channelId'],
    ])
    expect(rows).toEqual([{ name: 'Sales', identity_scope: 'account:77' }])
  })

  test('refuses a number that the workspace has already, but not one of another workspace', async () => {
    const other = parse(await createWorkspace('others@example.com', ['--owner-password', password]))
    const number = ['--phone-number-id', 'twice', ...secrets]
    parse(await addChannel(['--workspace', workspace['slug'] ?? '', ...number]))
    expect(await addChannel(['--workspace', workspace['slug'] ?? '', ...number])).toEqual(
      oneLine(1, 'has a channel with the phone number id twice already'),
    )
    parse(await addChannel(['--workspace', other['slug'] ?? '', ...number]))
  })

  test.each([
    [
      ['--workspace', 'nowhere', '--phone-number-id', '3', ...secrets],
      {},
      1,
      'There is no workspace "nowhere"',
    ],
    [['--workspace', 'nowhere', '--phone-number-id', '3'], {}, 2, 'WEBHOOK_SECRET'],
    [['--workspace', 'nowhere', '--phone-number-id', 'a b', ...secrets], {}, 2, 'It must be an id'],
    [
      ['--workspace', 'x', '--phone-number-id', '3', '--api-url', 'ftp://x', ...secrets],
      {},
      2,
      'It must be a URL',
    ],
    [['--workspace', 'x', ...secrets], {}, 2, "required option '--phone-number-id <id>'"],
    [
      ['--workspace', 'x', '--phone-number-id', '3', ...secrets],
      { ENCRYPTION_KEYS: 'short' },
      1,
      'ENCRYPTION_KEYS must be',
    ],
    [
      ['--workspace', 'x', '--phone-number-id', '3', ...secrets],
      { DATABASE_URL_WORKER: 'postgres://my21_worker:worker@127.0.0.1:1/postgres' },
      1,
      'The database cannot be reached',
    ],
  ])('says in one line what is wrong: %j %j', async (words, more, exitCode, text) => {
    expect(await addChannel(words, more)).toEqual(oneLine(exitCode, text))
  })
})

describe('the command line', () => {
  test.each([[[]], [['workspace']], [['nonsense']], [['workspace', 'create']], [['health', '--nonsense']]])(
    'ends with 2 when it is used wrongly: %j',
    async (words) => {
      expect(await run(words)).toMatchObject({ exitCode: 2, stdout: '' })
    },
  )

  test.each([
    [[], 'workspace'],
    [['workspace', 'create'], '--owner-password-file'],
    [['channel', 'add'], '--webhook-secret'],
    [['health'], '--json'],
  ])('explains itself: %j --help', async (words, text) => {
    const result = await run([...words, '--help'])
    expect(result).toMatchObject({ exitCode: 0, stderr: '' })
    expect(result.stdout).toContain(text)
  })

  test('names every variable that is missing, in one line', async () => {
    const result = await runCommand(['health'], {})
    expect(result).toEqual(oneLine(1, 'SUPABASE_URL.*DATABASE_URL_WORKER'))
  })
})
