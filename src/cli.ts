import { Command, CommanderError, InvalidArgumentError } from 'commander'
import { isSupportedCountry } from 'libphonenumber-js/max'
import { z } from 'zod'
import { createAsSystem, createDatabase, type AsSystem } from '#lib/server/database/database.ts'
import { createPool } from '#lib/server/database/pool.ts'
import { readCliEnvironment, type CliEnvironment } from '#lib/server/environment.ts'
import { addChannel } from '#lib/server/operator/add-channel.ts'
import { createOwner } from '#lib/server/operator/create-owner.ts'
import { createWorkspaceFor } from '#lib/server/operator/create-workspace.ts'
import { describeFailure } from '#lib/server/operator/describe-failure.ts'
import { OperatorError } from '#lib/server/operator/operator-error.ts'
import { readSecret } from '#lib/server/operator/read-secret.ts'
import { addReconcileCommand } from '#lib/server/operator/reconcile-command.ts'
import { addRecoveryCommands } from '#lib/server/operator/recovery-commands.ts'
import { addRepairCommands } from '#lib/server/operator/repair-commands.ts'
import { addSecretCommands } from '#lib/server/operator/secret-commands.ts'
import { createLog } from '#lib/server/log.ts'
import type { Queue } from '#lib/server/queue/queue.ts'
import { createPace, defaultSettleSeconds } from '#lib/server/reconcile/reconcile-dependencies.ts'
import { createSealer, type Sealer } from '#lib/server/secrets/sealing.ts'

interface WorkspaceOptions {
  name: string
  ownerEmail: string
  ownerName: string
  ownerPassword?: string
  ownerPasswordFile?: string
  timeZone: string
  country: string
  json?: true
}

interface ChannelOptions {
  workspace: string
  phoneNumberId: string
  displayPhone: string
  webhookSecret?: string
  webhookSecretFile?: string
  name?: string
  apiKey?: string
  apiKeyFile?: string
  apiUrl?: string
  businessAccountId?: string
  json?: true
}

const country = z.string().refine((code) => isSupportedCountry(code.toUpperCase()))

const program = new Command('cli')
  .description("The operator's command line of my21staff.")
  .exitOverride()
  .configureHelp({ showGlobalOptions: true })

program
  .command('workspace')
  .description('Workspaces, the tenants of this installation.')
  .command('create')
  .description('Make a workspace and its owner. An account that exists is used when the password is right.')
  .requiredOption('--name <name>', 'what the workspace is called', needText)
  .requiredOption(
    '--owner-email <address>',
    "the owner's e-mail address",
    need(z.email(), 'an e-mail address'),
  )
  .option('--owner-name <name>', 'what the owner is called', needText, 'Owner')
  .option('--owner-password <password>', 'shows in the list of processes; - reads standard input')
  .option('--owner-password-file <file>', 'a file with the password; or set OWNER_PASSWORD')
  .option('--time-zone <zone>', 'IANA time zone', 'Asia/Jakarta')
  .option(
    '--country <code>',
    'whose local numbers are meant without a country code',
    need(country, 'like ID'),
    'ID',
  )
  .option('--json', 'print {workspaceId, ownerId, slug}')
  .action(createWorkspace)

program
  .command('channel')
  .description('Channels, the WhatsApp numbers of a workspace.')
  .command('add')
  .description('Add a WhatsApp number and make the webhook endpoint that Kapso delivers to.')
  .requiredOption('--workspace <id or slug>', 'whose number it is', needText)
  .requiredOption(
    '--phone-number-id <id>',
    "Kapso's phone_number_id",
    need(z.string().regex(/^[\w-]{1,64}$/), 'an id'),
  )
  .requiredOption('--display-phone <number>', 'the number as people read it', needText)
  .option('--webhook-secret <secret>', 'shows in the list of processes; - reads standard input')
  .option('--webhook-secret-file <file>', 'a file with the secret; or set WEBHOOK_SECRET')
  .option('--name <name>', 'what the channel is called (default: the number)', needText)
  .option('--api-key <key>', "the number's own Kapso API key; - reads standard input")
  .option('--api-key-file <file>', 'a file with the API key')
  .option(
    '--api-url <url>',
    'where Kapso is, if not at KAPSO_API_URL',
    need(z.url({ protocol: /^https?$/ }), 'a URL'),
  )
  .option('--business-account-id <id>', "the WhatsApp business account's id, where it is known", needText)
  .option('--json', 'print {channelId, endpointId, webhookUrl}')
  .action(addWhatsAppNumber)

program
  .command('health')
  .description('Ask every part whether it works. Exit code 1 when one does not.')
  .option('--json', 'print {status, parts, alarms, ringing}')
  .action(showHealth)

addRepairCommands(program, {
  withDatabase: (work) => withServices(({ asSystem }) => work(asSystem)),
  say,
})

addRecoveryCommands(program, {
  withRecovery: (work) =>
    withServices(({ environment, asSystem }) =>
      // Standard output is the answer's.
      work({
        asSystem,
        sealer: makeSealer(environment),
        log: createLog({ process: 'cli', level: 'silent' }),
      }),
    ),
  say,
})

addSecretCommands(program, {
  withSealer: (work) => withServices(({ environment, asSystem }) => work(asSystem, makeSealer(environment))),
  say,
})

addReconcileCommand(program, {
  withDependencies: (work) =>
    withServices(({ environment, asSystem }) =>
      work({
        asSystem,
        // Standard output is the answer's.
        log: createLog({ process: 'cli', level: 'silent' }),
        sealer: makeSealer(environment),
        kapsoApiUrl: environment.KAPSO_API_URL,
        kapsoApiKey: environment.KAPSO_API_KEY,
        timeoutMs: 20_000,
        pace: createPace(),
        settleSeconds: defaultSettleSeconds,
      }),
    ),
  say,
})

async function createWorkspace(options: WorkspaceOptions, command: Command) {
  const password = await readSecret(
    'owner password',
    {
      value: options.ownerPassword,
      file: options.ownerPasswordFile,
      fallback: process.env['OWNER_PASSWORD'],
    },
    process.stdin,
  )
  if (password === undefined) {
    command.error('error: give --owner-password, --owner-password-file or OWNER_PASSWORD')
  }
  await withServices(async ({ environment, asSystem }) => {
    const ownerId = await createOwner(
      {
        supabaseUrl: environment.SUPABASE_URL,
        publishableKey: environment.SUPABASE_PUBLISHABLE_KEY,
        secretKey: environment.SUPABASE_SECRET_KEY,
      },
      { email: options.ownerEmail, password },
    )
    const created = await asSystem((database) =>
      createWorkspaceFor(database, ownerId, {
        name: options.name,
        timeZone: options.timeZone,
        defaultCountry: options.country,
        ownerName: options.ownerName,
      }),
    )
    say(options.json, created, [
      `Workspace ${options.name} is ready: ${created.slug}`,
      `${options.ownerEmail} owns it and can sign in at ${environment.ORIGIN}`,
    ])
  })
}

async function addWhatsAppNumber(options: ChannelOptions, command: Command) {
  const webhookSecret = await readSecret(
    'webhook secret',
    {
      value: options.webhookSecret,
      file: options.webhookSecretFile,
      fallback: process.env['WEBHOOK_SECRET'],
    },
    process.stdin,
  )
  if (webhookSecret === undefined) {
    command.error('error: give --webhook-secret, --webhook-secret-file or WEBHOOK_SECRET')
  }
  const apiKey = await readSecret(
    'API key',
    { value: options.apiKey, file: options.apiKeyFile },
    process.stdin,
  )
  await withServices(async ({ environment, asSystem }) => {
    const sealer = makeSealer(environment)
    const added = await asSystem((database) =>
      addChannel(database, sealer, { ...options, webhookSecret, apiKey }),
    )
    const webhookUrl = `${environment.ORIGIN.replace(/\/$/, '')}/webhooks/kapso/${added.endpointId}`
    say(options.json, { ...added, webhookUrl }, [
      `Channel ${options.displayPhone} is added.`,
      `Let Kapso deliver to ${webhookUrl}`,
    ])
  })
}

async function showHealth(options: { json?: true }) {
  // Brings the queue's and Realtime's libraries along, which no other command needs.
  const { checkHealth } = await import('#lib/server/operator/check-health.ts')
  await withServices(async ({ environment, asSystem }) => {
    const health = await checkHealth({
      asSystem,
      supabaseUrl: environment.SUPABASE_URL,
      secretKey: environment.SUPABASE_SECRET_KEY,
      origin: environment.ORIGIN,
    })
    say(options.json, health, [
      ...Object.entries(health.parts).map(
        ([name, part]) => `${part.status.padEnd(5)} ${name.padEnd(11)} ${part.detail}`,
      ),
      ...health.alarms.map(
        ({ kind, count, oldestAt }) => `alarm ${kind.padEnd(11)} ${count} since ${oldestAt.toISOString()}`,
      ),
      ...health.ringing.map(
        ({ workspace, kind, openedAt }) => `rings ${kind} in ${workspace} since ${openedAt.toISOString()}`,
      ),
    ])
    if (health.status !== 'ok') process.exitCode = 1
  })
}

/** What one command works with, made when it runs and closed when it ends. */
async function withServices(
  work: (services: { environment: CliEnvironment; asSystem: AsSystem }) => Promise<void>,
) {
  const environment = readCliEnvironment(process.env)
  const kysely = createDatabase(
    createPool({
      connectionString: environment.DATABASE_URL_WORKER,
      applicationName: 'my21staff cli',
      max: 4,
    }),
  )
  let queue: Promise<Queue> | undefined
  // Most commands enqueue nothing, so that the queue is started with the first job.
  const asSystem = createAsSystem(kysely, async (database, jobs) => {
    queue ??= startQueueOf(environment)
    await (await queue).enqueue(database, jobs)
  })
  try {
    await work({ environment, asSystem })
  } finally {
    await (await queue)?.stop()
    await kysely.destroy()
  }
}

async function startQueueOf(environment: CliEnvironment): Promise<Queue> {
  const { startQueue } = await import('#lib/server/queue/queue.ts')
  return startQueue({
    connectionString: environment.DATABASE_URL_WORKER,
    runsJobs: false,
    // Standard output is the answer's.
    log: createLog({ process: 'cli', level: 'silent' }),
  })
}

function makeSealer(environment: CliEnvironment): Sealer {
  try {
    return createSealer(environment.ENCRYPTION_KEYS)
  } catch {
    throw new OperatorError('ENCRYPTION_KEYS must be id:base64 pairs of 32-byte keys, separated by commas.')
  }
}

function say(json: true | undefined, result: object, lines: string[]) {
  console.log(json ? JSON.stringify(result) : lines.join('\n'))
}

function need(schema: z.ZodType<string>, what: string) {
  return (value: string) => {
    if (!schema.safeParse(value).success) throw new InvalidArgumentError(`It must be ${what}.`)
    return value
  }
}

function needText(value: string): string {
  if (value.trim() === '') throw new InvalidArgumentError('It must not be empty.')
  return value.trim()
}

await program.parseAsync().catch((error: unknown) => {
  if (error instanceof CommanderError) {
    // Commander has said what is wrong; asking for help is no error.
    process.exitCode = error.exitCode === 0 ? 0 : 2
    return
  }
  console.error(describeFailure(error))
  process.exitCode = 1
})

// All is closed by now, but the Realtime client's timers of answered requests would hold the process for ten seconds.
process.exit()
