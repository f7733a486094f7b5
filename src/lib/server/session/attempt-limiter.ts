import { createHash } from 'node:crypto'
import { RateLimiterMemory, RateLimiterRes } from 'rate-limiter-flexible'
import { addressGroup } from '../client-address.ts'

/** Who attempts something. */
export interface Attempt {
  /** Where the request comes from. */
  address: string
  /** The account it is about, when one is named. */
  email?: string
}

export interface AttemptLimiter {
  /** Counts an attempt. Returns null, or how many seconds to wait when there were too many. */
  take(attempt: Attempt): Promise<number | null>
  /** Takes an attempt back that turned out to be rightful. */
  giveBack(attempt: Attempt): Promise<void>
}

export interface AttemptLimits {
  perAddress: number
  perEmail: number
  windowSeconds: number
}

/** The limits of everything that can be guessed or that sends mail. Counted per process. */
export interface AttemptLimiters {
  signIn: AttemptLimiter
  signUp: AttemptLimiter
  passwordReset: AttemptLimiter
}

/** Signing in costs only those who fail; an office shares one address. */
export function createAttemptLimiters(): AttemptLimiters {
  return {
    signIn: createAttemptLimiter({ perAddress: 50, perEmail: 10, windowSeconds: 10 * 60 }),
    signUp: createAttemptLimiter({ perAddress: 60, perEmail: 10, windowSeconds: 60 * 60 }),
    passwordReset: createAttemptLimiter({ perAddress: 40, perEmail: 5, windowSeconds: 60 * 60 }),
  }
}

/** Counts attempts per address and per e-mail in windows that begin with the first one. */
export function createAttemptLimiter(limits: AttemptLimits): AttemptLimiter {
  const duration = limits.windowSeconds
  const byAddress = new RateLimiterMemory({ keyPrefix: 'address', points: limits.perAddress, duration })
  const byEmail = new RateLimiterMemory({ keyPrefix: 'email', points: limits.perEmail, duration })
  return {
    async take({ address, email }) {
      // An address that had its share no longer counts against other people's accounts.
      const wait = await consume(byAddress, addressGroup(address))
      return wait ?? (email === undefined ? null : consume(byEmail, emailKey(email)))
    },
    async giveBack({ address, email }) {
      await byAddress.reward(addressGroup(address))
      if (email !== undefined) await byEmail.delete(emailKey(email))
    },
  }
}

async function consume(limiter: RateLimiterMemory, key: string): Promise<number | null> {
  try {
    await limiter.consume(key)
    return null
  } catch (rejected) {
    if (rejected instanceof RateLimiterRes) return Math.max(1, Math.ceil(rejected.msBeforeNext / 1000))
    throw rejected
  }
}

/** Of one length, however long the text that somebody sends. */
function emailKey(email: string): string {
  return createHash('sha256').update(email.trim().toLowerCase()).digest('base64')
}
