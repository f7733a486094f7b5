import { glob } from 'node:fs/promises'
import { join, resolve } from 'node:path'
import { isActionFailure, type RequestEvent } from '@sveltejs/kit'

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
    const { path, params } = readAddress(file)
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

/** One form of a page of a workspace. */
export interface Action {
  /** As the folder is called, and the action: `settings/labels?create`. */
  name: string
  params: string[]
  handler: (event: RequestEvent) => unknown
}

/** Every form action of a page of a workspace, as the files are: a new one is found by itself. */
export async function findActions(): Promise<Action[]> {
  const found: Action[] = []
  for await (const file of glob('**/+page.server.ts', { cwd: routes })) {
    const { actions = {} } = (await import(join(routes, file))) as {
      actions?: Record<string, Action['handler']>
    }
    const { path, params } = readAddress(file)
    for (const [name, handler] of Object.entries(actions))
      found.push({ name: `${path}?${name}`, params, handler })
  }
  return found.sort((a, b) => a.name.localeCompare(b.name))
}

function readAddress(file: string): { path: string; params: string[] } {
  const path = file.replace(/(^|\/)\+[a-z.]+\.ts$/, '')
  return { path, params: [...path.matchAll(/\[(\w+)(=\w+)?\]/g)].map(([, name = '']) => name) }
}

interface Asked {
  url: URL
  params: Record<string, string>
  locals: object
}

/**
 * What it answers; a status that it throws is an answer as well, anything else it throws is not. `onRead` is told the name
 * of each part of the query that it reads.
 */
export function askEndpoint(
  { method, handler }: Endpoint,
  { body, onRead, ...asked }: Asked & { body: string; onRead?: (name: string) => void },
): Promise<Answer> {
  if (onRead !== undefined) tellReadsOf(asked.url.searchParams, onRead)
  const isRead = method === 'GET' || method === 'load'
  const init = { method: isRead ? 'GET' : method, ...(isRead ? {} : { body }) }
  return answerOf(handler, asked, new Request(asked.url, init))
}

/** What it answers to a form, as askEndpoint. `onRead` is told the name of each field that it reads. */
export function askAction(
  { handler }: Action,
  { form, onRead, ...asked }: Asked & { form: FormData; onRead?: (name: string) => void },
): Promise<Answer> {
  const request = new Request(asked.url, { method: 'POST', body: form })
  if (onRead !== undefined) tellReads(request, onRead)
  return answerOf(handler, asked, request)
}

function tellReads(request: Request, onRead: (name: string) => void): void {
  const parse = request.formData.bind(request)
  request.formData = async () => tellReadsOf(await parse(), onRead)
}

function tellReadsOf<Fields extends FormData | URLSearchParams>(
  fields: Fields,
  onRead: (name: string) => void,
): Fields {
  const { get, getAll, has, entries } = fields
  const tell =
    <Value>(read: (name: string) => Value) =>
    (name: string) => {
      onRead(name)
      return read.call(fields, name)
    }
  // Whoever goes through it reads the whole of it.
  const all = () => {
    for (const name of fields.keys()) onRead(name)
    return entries.call(fields)
  }
  return Object.assign(fields, {
    get: tell(get),
    getAll: tell(getAll),
    has: tell(has),
    entries: all,
    [Symbol.iterator]: all,
  })
}

async function answerOf(
  handler: Endpoint['handler'],
  { url, params, locals }: Asked,
  request: Request,
): Promise<Answer> {
  const event = {
    params: { workspace: 'shop', ...params },
    url,
    request,
    cookies: { get: () => undefined, getAll: () => [], set: () => undefined, delete: () => undefined },
    setHeaders: () => undefined,
    depends: () => undefined,
    untrack: <Value>(read: () => Value) => read(),
    parent: () => Promise.resolve({}),
    locals,
  } as unknown as RequestEvent
  try {
    const answer = await handler(event)
    if (isActionFailure(answer)) return { status: answer.status, text: JSON.stringify(answer.data) }
    if (answer instanceof Response) return { status: answer.status, text: await answer.text() }
    return { status: 200, text: answer === undefined ? '' : JSON.stringify(answer) }
  } catch (thrown) {
    if (typeof thrown === 'object' && thrown !== null && 'status' in thrown) {
      return { status: Number(thrown.status), text: 'location' in thrown ? String(thrown.location) : '' }
    }
    throw thrown
  }
}
