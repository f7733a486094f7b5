import { InvalidArgumentError, type Command } from 'commander'
import { sql } from 'kysely'
import type { AsSystem, Database } from '../database/database.ts'
import { channelApiKeyContext, webhookSecretContext, type Sealer } from '../secrets/sealing.ts'
import { OperatorError } from './operator-error.ts'
import { readSecret } from './read-secret.ts'

/** What the commands work with; given by the command line, which opens and closes it. */
export interface SecretTools {
  withSealer(work: (asSystem: AsSystem, sealer: Sealer) => Promise<void>): Promise<void>
  say(json: true | undefined, result: object, lines: string[]): void
}

interface RotateOptions {
  endpoint: string
  webhookSecret?: string
  webhookSecretFile?: string
  graceHours: number
  json?: true
}

/** Adds `secrets` to the command line. */
export function addSecretCommands(program: Command, tools: SecretTools): void {
  const secrets = program
    .command('secrets')
    .description('What is stored sealed: webhook secrets and API keys of Kapso.')
  secrets
    .command('reseal')
    .description('Seal all of them with the first of ENCRYPTION_KEYS. After it the other keys can go.')
    .option('--json', 'print {webhookSecrets, apiKeys}')
    .action((options: { json?: true }) => reseal(tools, options))
  secrets
    .command('list')
    .description(
      'Which secrets a webhook endpoint has, or had, by their times. What they are is never shown.',
    )
    .requiredOption('--endpoint <id>', 'the id at the end of the webhook address', readUuid)
    .option('--json', 'print {secrets}')
    .action((options: { endpoint: string; json?: true }) => list(tools, options))
  secrets
    .command('rotate')
    .description('Give a webhook endpoint a new secret. The one before still counts for the grace time.')
    .requiredOption('--endpoint <id>', 'the id at the end of the webhook address', readUuid)
    .option('--webhook-secret <secret>', 'shows in the list of processes; - reads standard input')
    .option('--webhook-secret-file <file>', 'a file with the secret; or set WEBHOOK_SECRET')
    .option('--grace-hours <hours>', 'how long the one before still counts', readHours, 24)
    .option('--json', 'print {endpointId, graceUntil}')
    .action((options: RotateOptions, command: Command) => rotate(tools, options, command))
}

async function list(
  { withSealer, say }: SecretTools,
  { endpoint, json }: { endpoint: string; json?: true },
): Promise<void> {
  await withSealer((asSystem) =>
    asSystem(async (database) => {
      const { rows } = await sql<{ id: string; createdAt: Date; endsAt: Date | null; isLive: boolean }>`
        select s.id, s.created_at as "createdAt", s.expires_at as "endsAt",
          s.expires_at is null or s.expires_at > now() as "isLive"
        from private.webhook_secrets s
        where s.endpoint_id = ${endpoint}
        order by s.created_at desc, s.id
      `.execute(database)
      if (rows.length === 0) throw new OperatorError('There is no such webhook endpoint.')
      say(
        json,
        { secrets: rows },
        rows.map(({ id, createdAt, endsAt, isLive }) => {
          const end =
            endsAt === null ? 'counts' : `${isLive ? 'counts until' : 'ended'} ${endsAt.toISOString()}`
          return `${id} since ${createdAt.toISOString()}, ${end}`
        }),
      )
    }),
  )
}

interface SealedRow {
  id: string
  workspace_id: string
  owner_id: string
  sealed: Buffer
}

async function reseal({ withSealer, say }: SecretTools, options: { json?: true }): Promise<void> {
  await withSealer((asSystem, sealer) =>
    asSystem(async (database) => {
      // Locked until the end: a secret that is replaced meanwhile must not come back.
      const webhookSecrets = await sql<SealedRow>`
        select id, workspace_id, endpoint_id as owner_id, sealed from private.webhook_secrets for update
      `.execute(database)
      const apiKeys = await sql<SealedRow>`
        select channel_id as id, workspace_id, channel_id as owner_id, sealed
        from private.channel_api_keys for update
      `.execute(database)
      for (const row of webhookSecrets.rows) {
        const context = webhookSecretContext(row.workspace_id, row.owner_id)
        const sealed = sealer.seal(openSealed(sealer, row, context), context)
        await sql`update private.webhook_secrets set sealed = ${sealed} where id = ${row.id}`.execute(
          database,
        )
      }
      for (const row of apiKeys.rows) {
        const context = channelApiKeyContext(row.workspace_id, row.owner_id)
        const sealed = sealer.seal(openSealed(sealer, row, context), context)
        await sql`update private.channel_api_keys set sealed = ${sealed} where channel_id = ${row.id}`.execute(
          database,
        )
      }
      const result = { webhookSecrets: webhookSecrets.rows.length, apiKeys: apiKeys.rows.length }
      say(options.json, result, [
        `Sealed anew: ${String(result.webhookSecrets)} webhook secrets, ${String(result.apiKeys)} API keys.`,
      ])
    }),
  )
}

function openSealed(sealer: Sealer, { sealed, owner_id: owner }: SealedRow, context: string): string {
  try {
    return sealer.open(sealed, context)
  } catch {
    throw new OperatorError(
      `The secret of ${owner} cannot be opened: the key that sealed it must be in ENCRYPTION_KEYS. Nothing was changed.`,
    )
  }
}

async function rotate(
  { withSealer, say }: SecretTools,
  options: RotateOptions,
  command: Command,
): Promise<void> {
  const secret = await readSecret(
    'webhook secret',
    {
      value: options.webhookSecret,
      file: options.webhookSecretFile,
      fallback: process.env['WEBHOOK_SECRET'],
    },
    process.stdin,
  )
  if (secret === undefined) {
    command.error('error: give --webhook-secret, --webhook-secret-file or WEBHOOK_SECRET')
  }
  await withSealer(async (asSystem, sealer) => {
    const graceUntil = await asSystem((database) =>
      replaceWebhookSecret(database, sealer, { ...options, secret }),
    )
    say(options.json, { endpointId: options.endpoint, graceUntil: graceUntil.toISOString() }, [
      'The new secret counts from now on. Tell it to Kapso.',
      `The one before counts until ${graceUntil.toISOString()}.`,
    ])
  })
}

/** @returns until when the secret before still counts */
async function replaceWebhookSecret(
  database: Database,
  sealer: Sealer,
  { endpoint, secret, graceHours }: { endpoint: string; secret: string; graceHours: number },
): Promise<Date> {
  const found = await database
    .selectFrom('webhook_endpoints')
    .select('workspace_id')
    .where('id', '=', endpoint)
    .forUpdate()
    .executeTakeFirst()
  if (found === undefined) throw new OperatorError('There is no such webhook endpoint.')
  const { rows } = await sql<{ grace_until: Date }>`
    select now() + make_interval(secs => ${graceHours * 3600}) as grace_until
  `.execute(database)
  const graceUntil = rows[0]?.grace_until ?? new Date()
  await sql`
    update private.webhook_secrets
    set expires_at = least(coalesce(expires_at, 'infinity'), ${graceUntil})
    where workspace_id = ${found.workspace_id} and endpoint_id = ${endpoint}
  `.execute(database)
  const sealed = sealer.seal(secret, webhookSecretContext(found.workspace_id, endpoint))
  await sql`
    insert into private.webhook_secrets (workspace_id, endpoint_id, sealed)
    values (${found.workspace_id}, ${endpoint}, ${sealed})
  `.execute(database)
  return graceUntil
}

function readUuid(value: string): string {
  if (!/^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/.test(value)) {
    throw new InvalidArgumentError('It must be the id of an endpoint.')
  }
  return value
}

function readHours(value: string): number {
  const hours = Number(value)
  if (!Number.isFinite(hours) || hours < 0 || hours > 720) {
    throw new InvalidArgumentError('It must be a number of hours up to 720.')
  }
  return hours
}
