import { decodeProtectedHeader, errors, jwtVerify, type JWTPayload, type JWTVerifyOptions } from 'jose'
import { z } from 'zod'
import type { Claims } from '../database/database.ts'
import { createKeySet, KeysUnreachable } from './key-set.ts'

/**
 * `expired`: genuine, but over. `invalid`: not ours, changed, or not a member's. `unavailable`: nobody can tell now,
 * because the project's keys could not be fetched.
 */
export type TokenVerdict = { kind: 'valid'; claims: Claims } | { kind: 'expired' | 'invalid' | 'unavailable' }

/** Tells whether an access token is genuine, without asking Auth about it. Never rejects. */
export type TokenVerifier = (token: string) => Promise<TokenVerdict>

export interface TokenVerifierOptions {
  supabaseUrl: string
  /** Where browsers reach the project, when that is another address: Auth may name either as issuer. */
  publicSupabaseUrl?: string
  /** Of projects that sign with a shared secret and have no key set. */
  jwtSecret?: string | undefined
  fetch?: typeof fetch
  /** Milliseconds. */
  now?: () => number
}

/** Which algorithm needs which kind of key is settled here, and never by the token. */
const asymmetric = ['ES256', 'RS256', 'EdDSA']
const leewaySeconds = 5

const memberClaims = z.object({
  sub: z.uuid(),
  exp: z.number(),
  role: z.literal('authenticated'),
  email: z.string().optional(),
  session_id: z.string().optional(),
})

/**
 * Verifies access tokens on this machine: with the project's key set, or with its shared secret where it has one.
 * Signature, algorithm, expiry, audience, role and issuer are checked. (Supabase docs: JSON Web Tokens.)
 */
export function createTokenVerifier(options: TokenVerifierOptions): TokenVerifier {
  const now = options.now ?? Date.now
  const keySet = createKeySet({
    url: `${trimSlash(options.supabaseUrl)}/auth/v1/.well-known/jwks.json`,
    fetch: options.fetch ?? fetch,
    now,
  })
  const secret = options.jwtSecret === undefined ? undefined : new TextEncoder().encode(options.jwtSecret)
  const issuers = issuersOf([options.supabaseUrl, options.publicSupabaseUrl ?? options.supabaseUrl])

  async function verify(token: string): Promise<JWTPayload> {
    const common: JWTVerifyOptions = {
      audience: 'authenticated',
      clockTolerance: leewaySeconds,
      currentDate: new Date(now()),
      requiredClaims: ['sub', 'exp'],
    }
    if (decodeProtectedHeader(token).alg === 'HS256') {
      if (secret === undefined) throw new errors.JOSEAlgNotAllowed('no shared secret is configured')
      const { payload } = await jwtVerify(token, secret, { ...common, algorithms: ['HS256'] })
      // Not every server that signs with a shared secret names an issuer.
      if (payload.iss !== undefined) requireIssuer(payload, issuers)
      return payload
    }
    const { payload } = await jwtVerify(token, keySet, { ...common, algorithms: asymmetric })
    requireIssuer(payload, issuers)
    return payload
  }

  return async (token) => {
    try {
      const { sub, exp, email, session_id } = memberClaims.parse(await verify(token))
      return { kind: 'valid', claims: { sub, exp, email, session_id } }
    } catch (error) {
      if (error instanceof KeysUnreachable) return { kind: 'unavailable' }
      return { kind: error instanceof errors.JWTExpired ? 'expired' : 'invalid' }
    }
  }
}

function requireIssuer(payload: JWTPayload, issuers: Set<string>): void {
  if (payload.iss === undefined || !issuers.has(payload.iss)) {
    throw new errors.JWTClaimValidationFailed('unexpected "iss" claim value', payload, 'iss', 'check_failed')
  }
}

/** Hosted projects sign as `<url>/auth/v1`; self-hosted ones as whatever their external address is. */
function issuersOf(urls: string[]): Set<string> {
  return new Set(urls.map(trimSlash).flatMap((url) => [url, `${url}/auth/v1`]))
}

function trimSlash(url: string): string {
  return url.replace(/\/+$/, '')
}
