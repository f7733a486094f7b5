import { describe, expect, it } from 'vitest'
import { createInboxApi } from './inbox-api.ts'

const halo = { kind: 'text', clientReference: 'r1', text: 'Halo' } as const

function makeApi(answer: () => Response | Promise<Response>) {
  const asked: { url: string; init: RequestInit }[] = []
  const api = createInboxApi('al-falah', (url, init = {}) => {
    asked.push({ url: url as string, init })
    return Promise.resolve(answer())
  })
  return { api, asked }
}

describe('createInboxApi', () => {
  it('asks for changes of the list, and of a thread with it', async () => {
    const { api, asked } = makeApi(() => Response.json({}))
    await api.fetchChanges('77', null, [])
    await api.fetchChanges('77', 'c1', ['81', '82'])
    expect(asked.map(({ url }) => url)).toEqual([
      '/w/al-falah/inbox/changes?cursor=77',
      '/w/al-falah/inbox/changes?cursor=77&conversation=c1&heard=81&heard=82',
    ])
  })

  it('asks for a page of a list, and for messages around one', async () => {
    const { api, asked } = makeApi(() => Response.json({}))
    await api.fetchConversations({ view: 'mine', unread: true }, 'oldest', 'b1')
    await api.fetchMessages('c1', { around: 'm1' })
    await api.fetchMessages('c1', 'newest')
    expect(asked.map(({ url }) => url)).toEqual([
      '/w/al-falah/inbox/conversations?view=mine&unread=1&sort=oldest&before=b1',
      '/w/al-falah/inbox/c1/messages?around=m1',
      '/w/al-falah/inbox/c1/messages',
    ])
  })

  it('posts a message under its reference', async () => {
    const { api, asked } = makeApi(() => Response.json({ id: 'm1' }))
    expect(await api.postMessage('c1', halo)).toEqual({ id: 'm1' })
    expect(asked[0]?.url).toBe('/w/al-falah/inbox/c1/messages')
    expect(JSON.parse(asked[0]?.init.body as string)).toEqual(halo)
  })

  it.each([
    [401, 'signed-out'],
    [422, 'refused'],
    [404, 'refused'],
    [429, 'broken'],
    [503, 'broken'],
  ])('calls %i %s', async (status, kind) => {
    const { api } = makeApi(() => Response.json({ message: 'Words' }, { status }))
    await expect(api.postRead('c1')).rejects.toMatchObject({ kind, status })
  })

  it('takes a redirect to the sign-in page for what it is', async () => {
    const page = new Response('<html>')
    Object.defineProperty(page, 'redirected', { value: true })
    await expect(
      makeApi(() => page).api.fetchConversations({ view: 'open' }, 'newest', 'x'),
    ).rejects.toMatchObject({
      kind: 'signed-out',
    })
  })

  it('does not know the outcome when no answer comes, or only half of one', async () => {
    const broken = makeApi(() => Promise.reject(new TypeError('Failed to fetch'))).api
    await expect(broken.fetchMessages('c1', { before: 'x' })).rejects.toMatchObject({ kind: 'unreachable' })
    const half = makeApi(() => new Response('{"id":')).api
    await expect(half.postMessage('c1', halo)).rejects.toMatchObject({ kind: 'unreachable' })
  })

  it('passes on why it was refused', async () => {
    const { api } = makeApi(() =>
      Response.json({ code: 'window_closed', message: 'Too late' }, { status: 422 }),
    )
    await expect(api.postMessage('c1', halo)).rejects.toThrow('Too late')
  })
})
