import { SignJWT } from 'jose'
import { writeSession } from '../../src/lib/server/session/session-cookies.ts'
import type { Product } from '../support/product.ts'
import { Visitor } from '../support/visitor.ts'

const secret = 'a secret that signs the access tokens of benchmarks'
const hours = 12

/** What a product runs with whose tokens are signed here: it has no Auth. */
export const signInEnvironment: Record<string, string> = { SUPABASE_JWT_SECRET: secret }

/** A browser in which a user is signed in, as far as the web process can tell. */
export async function signInAs(product: Product, userId: string): Promise<Visitor> {
  const visitor = new Visitor(`http://127.0.0.1:${String(product.webPort)}`)
  const expiresAt = Math.floor(Date.now() / 1000) + hours * 3600
  const accessToken = await new SignJWT({
    sub: userId,
    role: 'authenticated',
    aud: 'authenticated',
    email: `${userId}@example.com`,
    exp: expiresAt,
  })
    .setProtectedHeader({ alg: 'HS256', typ: 'JWT' })
    .sign(new TextEncoder().encode(secret))
  const jar = {
    getAll: () => [],
    set: (name: string, value: string) => {
      visitor.cookies.set(name, encodeURIComponent(value))
    },
  }
  writeSession(jar, visitor.origin, { accessToken, refreshToken: 'none', expiresAt })
  return visitor
}
