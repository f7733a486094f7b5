import { createHash, createHmac, timingSafeEqual } from 'node:crypto'
import { isObject } from './serializer.ts'

/** What a token says about its bearer. `role` is the database role, `exp` the moment of expiry in seconds. */
export type Claims = Record<string, unknown> & { role: string; exp: number }

export interface ApiKeys {
  publishable: string
  secret: string
}

export type TokenFault = 'malformed' | 'unsupported' | 'signature' | 'expired' | 'claims'

/** Why a token is refused; the message is what Supabase Realtime tells the client. */
export class TokenRefused extends Error {
  readonly fault: TokenFault

  constructor(fault: TokenFault, message: string) {
    super(message)
    this.fault = fault
  }
}

const algorithms: Record<string, string> = { HS256: 'sha256', HS384: 'sha384', HS512: 'sha512' }

/** An API key carries no expiry; its claims last longer than any process. */
const never = 4_102_444_800

/** Checks tokens and API keys of one project. */
export class TokenVerifier {
  readonly #secret: string
  readonly #apiKeys: ApiKeys
  readonly #now: () => number

  constructor(secret: string, apiKeys: ApiKeys, now: () => number) {
    this.#secret = secret
    this.#apiKeys = apiKeys
    this.#now = now
  }

  /**
   * The claims behind an API key: a publishable key is the role anon, a secret one service_role. Keys of the older
   * kind are tokens. Throws TokenRefused.
   */
  readApiKey(key: string): Claims {
    if (isSame(key, this.#apiKeys.publishable)) return { role: 'anon', exp: never }
    if (isSame(key, this.#apiKeys.secret)) return { role: 'service_role', exp: never }
    return this.readToken(key)
  }

  /** The claims of a token that is signed with the project's secret and has not expired. Throws TokenRefused. */
  readToken(token: string): Claims {
    const [header = '', payload = '', signature = '', ...rest] = token.replace(/\s/g, '').split('.')
    const claims = parsePart(payload)
    const algorithm = parsePart(header)?.['alg']
    if (!claims || algorithm === undefined || rest.length > 0) {
      throw new TokenRefused('malformed', 'The token provided is not a valid JWT')
    }
    const hash = typeof algorithm === 'string' ? algorithms[algorithm] : undefined
    if (!hash) {
      const message = 'Failed to generate JWT signer, check your JWT secret or JWKS configuration'
      throw new TokenRefused('unsupported', message)
    }
    const expected = createHmac(hash, this.#secret).update(`${header}.${payload}`).digest()
    if (!isSame(Buffer.from(signature, 'base64url'), expected)) {
      throw new TokenRefused('signature', 'Failed to validate JWT signature')
    }
    return this.#checkClaims(claims)
  }

  #checkClaims(claims: Record<string, unknown>): Claims {
    const { role, exp } = claims
    const now = Math.floor(this.#now() / 1000)
    if (typeof exp === 'number' && exp <= now) {
      throw new TokenRefused('expired', `Token has expired ${now - Math.floor(exp)} seconds ago`)
    }
    if (typeof role !== 'string' || typeof exp !== 'number') {
      throw new TokenRefused('claims', 'Fields `role` and `exp` are required in JWT')
    }
    return { ...claims, role, exp }
  }
}

/** Compares hashes, so that neither length nor content shows in the time it takes. */
function isSame(left: string | Buffer, right: string | Buffer) {
  const digest = (value: string | Buffer) => createHash('sha256').update(value).digest()
  return timingSafeEqual(digest(left), digest(right))
}

function parsePart(part: string): Record<string, unknown> | undefined {
  try {
    const parsed: unknown = JSON.parse(Buffer.from(part, 'base64url').toString())
    return isObject(parsed) ? parsed : undefined
  } catch {
    return undefined
  }
}
