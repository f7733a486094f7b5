import { glob } from 'node:fs/promises'
import { join, resolve } from 'node:path'
import type { RequestEvent } from '@sveltejs/kit'

/** Below `/w/[workspace]`. */
const routes = resolve('src/routes/(app)/w/[workspace]')
export const methods = ['GET', 'POST', 'PUT', 'PATCH', 'DELETE'] as const

export type Method = (typeof methods)[number]

/** One way to ask for something at one address of a workspace; the load of a page is one of them. */
export interface Endpoint {
  /** As the folder is called: `inbox/[conversation]/read`. */
  path: string
  method: Method | 'load'
  /** The names in the path: `conversation`. */
  params: string[]
  handler: (event: RequestEvent) => unknown
}

export interface Answer {
  status: number
  text: string
}

/** Every JSON endpoint and every load of a page of a workspace, as the files are: a new one is found by itself. */
export async function findEndpoints(): Promise<Endpoint[]> {
  const found: Endpoint[] = []
  for await (const file of glob('**/{+server,+page.server,+layout.server}.ts', { cwd: routes })) {
    const module = (await import(join(routes, file))) as Partial<
      Record<Endpoint['method'], Endpoint['handler']>
    >
    const path = file.replace(/(^|\/)\+[a-z.]+\.ts$/, '')
    const params = [...path.matchAll(/\[(\w+)(=\w+)?\]/g)].map(([, name = '']) => name)
    for (const method of ['load', ...methods] as const) {
      const handler = module[method]
      if (handler !== undefined) found.push({ path, method, params, handler })
    }
  }
  const order: readonly string[] = ['load', ...methods]
  // What takes away comes last.
  return found.sort(
    (a, b) => order.indexOf(a.method) - order.indexOf(b.method) || a.path.localeCompare(b.path),
  )
}

/** What it answers; a status that it throws is an answer as well, anything else it throws is not. */
export async function askEndpoint(
  { method, handler }: Endpoint,
  { url, params, body, locals }: { url: URL; params: Record<string, string>; body: string; locals: object },
): Promise<Answer> {
  const isRead = method === 'GET' || method === 'load'
  const event = {
    params: { workspace: 'shop', ...params },
    url,
    request: new Request(url, { method: isRead ? 'GET' : method, ...(isRead ? {} : { body }) }),
    cookies: { get: () => undefined, getAll: () => [], set: () => undefined, delete: () => undefined },
    setHeaders: () => undefined,
    depends: () => undefined,
    untrack: <Value>(read: () => Value) => read(),
    parent: () => Promise.resolve({}),
    locals,
  } as unknown as RequestEvent
  try {
    const answer = await handler(event)
    if (answer instanceof Response) return { status: answer.status, text: await answer.text() }
    return { status: 200, text: JSON.stringify(answer) }
  } catch (thrown) {
    if (typeof thrown === 'object' && thrown !== null && 'status' in thrown) {
      return { status: Number(thrown.status), text: 'location' in thrown ? String(thrown.location) : '' }
    }
    throw thrown
  }
}
