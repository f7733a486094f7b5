import { z } from 'zod'
import { OperatorError } from './operator-error.ts'

export interface AuthConnection {
  supabaseUrl: string
  publishableKey: string
  secretKey: string
}

export interface Credentials {
  email: string
  password: string
}

interface AuthAnswer {
  status: number
  body: z.infer<typeof answerSchema>
}

const answerSchema = z.object({
  id: z.uuid().optional(),
  user: z.object({ id: z.uuid() }).optional(),
  error_code: z.string().optional(),
  msg: z.string().optional(),
})

const timeoutMs = 15_000
const alreadyThere = new Set(['email_exists', 'user_already_exists'])

/**
 * Finds or makes the account of an owner: by the Auth admin API, or, where Auth has none, by signing up. An account
 * that exists already is taken as it is when the password is right.
 *
 * @returns the user's id in Auth
 * @throws OperatorError when the password is not that account's, is too weak, or Auth does not answer as it should
 */
export async function createOwner(auth: AuthConnection, credentials: Credentials): Promise<string> {
  const answer = await create(auth, credentials)
  if (answer.body.error_code !== undefined && alreadyThere.has(answer.body.error_code)) {
    return signIn(auth, credentials)
  }
  return readUserId(answer)
}

async function create(auth: AuthConnection, credentials: Credentials): Promise<AuthAnswer> {
  const byAdmin = await ask(auth, 'admin/users', auth.secretKey, { ...credentials, email_confirm: true })
  return hasNoAdminApi(byAdmin) ? ask(auth, 'signup', auth.publishableKey, credentials) : byAdmin
}

/** The embedded Auth answers every path it does not know with "no_authorization", though we send a token. */
function hasNoAdminApi({ status, body }: AuthAnswer): boolean {
  return status === 404 || status === 501 || (status === 401 && body.error_code === 'no_authorization')
}

async function signIn(auth: AuthConnection, credentials: Credentials): Promise<string> {
  const answer = await ask(auth, 'token?grant_type=password', auth.publishableKey, credentials)
  if (answer.body.error_code === 'invalid_credentials') {
    throw new OperatorError('An account with this e-mail address exists, and its password is another one.')
  }
  return readUserId(answer)
}

async function ask(auth: AuthConnection, path: string, key: string, body: object): Promise<AuthAnswer> {
  const url = `${auth.supabaseUrl.replace(/\/$/, '')}/auth/v1/${path}`
  try {
    const response = await fetch(url, {
      method: 'POST',
      headers: { apikey: key, authorization: `Bearer ${key}`, 'content-type': 'application/json' },
      body: JSON.stringify(body),
      signal: AbortSignal.timeout(timeoutMs),
    })
    const answer = answerSchema.safeParse(await response.json().catch(() => ({})))
    return { status: response.status, body: answer.data ?? {} }
  } catch {
    throw new OperatorError(`Auth cannot be reached at ${auth.supabaseUrl} (SUPABASE_URL).`)
  }
}

function readUserId({ status, body }: AuthAnswer): string {
  const id = body.user?.id ?? body.id
  if (status === 200 && id !== undefined) return id
  if (body.error_code === 'weak_password') {
    throw new OperatorError(`Auth refuses the password: ${body.msg ?? 'it is too weak'}`)
  }
  if (status === 401 || status === 403) {
    throw new OperatorError(`Auth refuses the key (${status}): check SUPABASE_SECRET_KEY.`)
  }
  throw new OperatorError(
    `Auth answered ${status}${body.error_code === undefined ? '' : ` (${body.error_code})`}.`,
  )
}
