import { z } from 'zod'

/** `a.b.c.d`, `::1` or `10.0.0.0/8`, separated by commas. */
const addressList = z
  .string()
  .default('')
  .transform((value) =>
    value
      .split(',')
      .map((entry) => entry.trim())
      .filter((entry) => entry !== ''),
  )

const optionalText = z
  .string()
  .optional()
  .transform((value) => (value === undefined || value === '' ? undefined : value))

/** `files.example.com`, `*.example.com` or with a port, separated by commas. */
const hostList = addressList.refine(
  (hosts) => hosts.every((host) => /^(\*\.)?[a-z0-9.[\]:-]+$/i.test(host)),
  'must be names of hosts, separated by commas',
)

const shared = {
  ENCRYPTION_KEYS: z.string().min(1),
  KAPSO_API_URL: z.url().default('https://api.kapso.ai'),
  KAPSO_API_KEY: optionalText,
  LOG_LEVEL: z.enum(['fatal', 'error', 'warn', 'info', 'debug', 'trace', 'silent']).default('info'),
}

/** Both or neither: without them no browser can be rung. Made with `npx web-push generate-vapid-keys`. */
const push = {
  VAPID_PUBLIC_KEY: optionalText,
  VAPID_PRIVATE_KEY: optionalText,
}

const supabase = {
  SUPABASE_URL: z.url(),
  SUPABASE_PUBLISHABLE_KEY: z.string().min(1),
  SUPABASE_SECRET_KEY: z.string().min(1),
  SUPABASE_JWT_SECRET: optionalText,
}

const webSchema = z.object({
  ...shared,
  ...supabase,
  DATABASE_URL_WEB: z.url(),
  PUBLIC_SUPABASE_URL: z.url(),
  PUBLIC_SUPABASE_PUBLISHABLE_KEY: z.string().min(1),
  ORIGIN: z.url(),
  HOST: z.string().default('127.0.0.1'),
  PORT: z.coerce.number().int().min(0).max(65_535).default(3000),
  SIGN_UP: z.enum(['open', 'invited']).default('invited'),
  TRUSTED_PROXIES: addressList,
  VAPID_PUBLIC_KEY: push.VAPID_PUBLIC_KEY,
})

const workerSchema = z
  .object({
    ...shared,
    DATABASE_URL_WORKER: z.url(),
    SUPABASE_URL: supabase.SUPABASE_URL,
    SUPABASE_SECRET_KEY: supabase.SUPABASE_SECRET_KEY,
    ...push,
    /** Where push services find the operator: `mailto:` or `https:`. */
    VAPID_SUBJECT: optionalText.refine(
      (subject) => subject === undefined || /^(mailto:.+@.+|https:\/\/.+)$/.test(subject),
      'must be mailto:... or https://...',
    ),
    /** Push services besides those of the known browsers. */
    PUSH_HOSTS: hostList,
    /** Where the files of messages may be downloaded from, besides Kapso's and WhatsApp's own hosts. */
    MEDIA_HOSTS: hostList,
    /** How long one request to Kapso may take before its outcome counts as unknown. */
    KAPSO_TIMEOUT_MS: z.coerce.number().int().min(100).max(120_000).default(20_000),
    /** How long after a time-out Kapso's list is believed when it does not hold the message. */
    SEND_SETTLE_MS: z.coerce.number().int().min(0).max(600_000).default(60_000),
  })
  .refine(
    ({ VAPID_PUBLIC_KEY, VAPID_PRIVATE_KEY, VAPID_SUBJECT }) =>
      [VAPID_PUBLIC_KEY, VAPID_PRIVATE_KEY, VAPID_SUBJECT].every(
        (value) => (value === undefined) === (VAPID_PUBLIC_KEY === undefined),
      ),
    {
      path: ['VAPID_PUBLIC_KEY'],
      message: 'goes with VAPID_PRIVATE_KEY and VAPID_SUBJECT: all three or none',
    },
  )

const cliSchema = z.object({
  ...shared,
  ...supabase,
  DATABASE_URL_WORKER: z.url(),
  ORIGIN: z.url(),
})

export type WebEnvironment = z.infer<typeof webSchema>
export type WorkerEnvironment = z.infer<typeof workerSchema>
export type CliEnvironment = z.infer<typeof cliSchema>

/** A variable is missing or wrong. The message names each, one per line, and never shows a value. */
export class EnvironmentError extends Error {
  override name = 'EnvironmentError'
}

function parse<Schema extends z.ZodType>(schema: Schema, source: NodeJS.ProcessEnv): z.infer<Schema> {
  const result = schema.safeParse(source)
  if (result.success) return result.data
  const lines = result.error.issues.map((issue) => `${issue.path.join('.')}: ${issue.message}`)
  throw new EnvironmentError(`The environment is incomplete (see .env.example):\n${lines.join('\n')}`)
}

/** Reads and checks what the web process needs. Throws EnvironmentError. */
export function readWebEnvironment(source: NodeJS.ProcessEnv): WebEnvironment {
  return parse(webSchema, source)
}

/** Reads and checks what the worker needs. Throws EnvironmentError. */
export function readWorkerEnvironment(source: NodeJS.ProcessEnv): WorkerEnvironment {
  return parse(workerSchema, source)
}

/** Reads and checks what the command line needs. Throws EnvironmentError. */
export function readCliEnvironment(source: NodeJS.ProcessEnv): CliEnvironment {
  return parse(cliSchema, source)
}
