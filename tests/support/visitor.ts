/** What a page or an endpoint answered. */
export interface Answer {
  status: number
  headers: Headers
  text: string
  /** Where it leads, without the origin. */
  location: string | null
}

/** A browser as far as the server can tell: it keeps cookies, says where its forms come from, and runs no scripts. */
export class Visitor {
  readonly origin: string
  readonly cookies: Map<string, string>

  constructor(origin: string, cookies = new Map<string, string>()) {
    this.origin = origin
    this.cookies = cookies
  }

  /** Another window that has the same cookies right now, and changes its own only. It may meet another process. */
  copy(origin = this.origin): Visitor {
    return new Visitor(origin, new Map(this.cookies))
  }

  /** Opens a page, or asks for JSON. Follows no redirect. */
  get(path: string, headers: Record<string, string> = {}): Promise<Answer> {
    return this.send(path, { headers: { accept: 'text/html', ...headers } })
  }

  /** Sends a form as a browser without scripts does. */
  post(
    path: string,
    fields: Record<string, string> = {},
    headers: Record<string, string> = {},
  ): Promise<Answer> {
    return this.send(path, {
      method: 'POST',
      headers: { accept: 'text/html', origin: this.origin, ...headers },
      body: new URLSearchParams(fields),
    })
  }

  async send(path: string, init: RequestInit & { headers?: Record<string, string> } = {}): Promise<Answer> {
    const cookie = [...this.cookies].map(([name, value]) => `${name}=${value}`).join('; ')
    const headers = { ...(cookie === '' ? {} : { cookie }), ...init.headers }
    const response = await fetch(this.origin + path, { ...init, headers, redirect: 'manual' })
    for (const line of response.headers.getSetCookie()) this.#keep(line)
    const location = response.headers.get('location')
    return {
      status: response.status,
      headers: response.headers,
      text: await response.text(),
      location: location?.startsWith(this.origin) ? location.slice(this.origin.length) : location,
    }
  }

  #keep(line: string) {
    const [pair = '', ...attributes] = line.split(/; */)
    const separator = pair.indexOf('=')
    const name = pair.slice(0, separator)
    if (attributes.some((attribute) => /^max-age=0$/i.test(attribute))) this.cookies.delete(name)
    else this.cookies.set(name, pair.slice(separator + 1))
  }
}

/** Signs up with a made-up address and comes back signed in, without a workspace. */
export async function signUpVisitor(origin: string, name: string, password = 'a long enough password') {
  const visitor = new Visitor(origin)
  const email = `${name.toLowerCase().replaceAll(' ', '-')}@example.com`
  const answer = await visitor.post('/sign-up', { name, email, password })
  if (answer.location !== '/workspaces/new') throw new Error(`signing up was answered with ${answer.status}`)
  return { visitor, email, password }
}

/** Makes a workspace and returns its slug. */
export async function createWorkspaceAs(visitor: Visitor, name: string): Promise<string> {
  const fields = { name, timeZone: 'Asia/Jakarta', country: 'ID' }
  const { location, status } = await visitor.post('/workspaces/new', fields)
  const slug = /^\/w\/([^/]+)\/inbox$/.exec(location ?? '')?.[1]
  if (slug === undefined) throw new Error(`making a workspace was answered with ${status}`)
  return slug
}
