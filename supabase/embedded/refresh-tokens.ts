import type pg from 'pg'
import { z } from 'zod'

const body = z.object({ refresh_token: z.string() })

/** Hosted Supabase's default: parallel requests of one client may use a token twice within this time. */
const reuseInterval = '10 seconds'

/** Refreshes under way, by token. */
type Turns = Map<string, Promise<unknown>>

/**
 * Answers requests to refresh a session. Refresh tokens that were used more than ten seconds ago are refused, and
 * their session ends; @supabase/lite would accept them for ever, which hides a client that loses the token it got
 * last. Requests with the same token wait for each other, or each would make a successor of its own.
 *
 * When a token was used is in its row of auth.refresh_tokens (revoked, at updated_at), so it survives restarts.
 */
export function makeRefreshDoor(database: pg.Pool) {
  const turns: Turns = new Map()
  return async (request: Request, forward: (request: Request) => Promise<Response>): Promise<Response> => {
    const text = await request.text()
    const repeated = new Request(request.url, { method: 'POST', headers: request.headers, body: text })
    const parsed = body.safeParse(parseJson(text))
    if (!parsed.success) return forward(repeated)
    const token = parsed.data.refresh_token
    return takeTurn(turns, token, async () =>
      (await endSessionOfUsedToken(database, token))
        ? alreadyUsed(request.headers.get('x-supabase-api-version'))
        : forward(repeated),
    )
  }
}

async function takeTurn<T>(turns: Turns, token: string, work: () => Promise<T>): Promise<T> {
  const turn = (turns.get(token) ?? Promise.resolve()).then(work, work)
  turns.set(token, turn)
  try {
    return await turn
  } finally {
    if (turns.get(token) === turn) turns.delete(token)
  }
}

async function endSessionOfUsedToken(database: pg.Pool, token: string): Promise<boolean> {
  const { rowCount } = await database.query(
    `with used as (
       select session_id from auth.refresh_tokens
       where token = $1 and revoked and updated_at < now() - $2::interval
     )
     -- Backdated, so that every token of the session is refused from now on.
     update auth.refresh_tokens token
     set revoked = true, updated_at = least(token.updated_at, now() - 2 * $2::interval)
     from used
     where token.session_id = used.session_id`,
    [token, reuseInterval],
  )
  return (rowCount ?? 0) > 0
}

/** As Supabase Auth words it, in the form that the client's API version asks for. */
function alreadyUsed(apiVersion: string | null): Response {
  const code = 'refresh_token_already_used'
  const message = 'Invalid Refresh Token: Already Used'
  const isNew = apiVersion !== null && apiVersion >= '2024-01-01'
  return Response.json(isNew ? { code, message } : { code: 400, error_code: code, msg: message }, {
    status: 400,
    headers: {
      'x-sb-error-code': code,
      'access-control-allow-origin': '*',
      ...(isNew ? { 'x-supabase-api-version': '2024-01-01' } : {}),
    },
  })
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text)
  } catch {
    return undefined
  }
}
