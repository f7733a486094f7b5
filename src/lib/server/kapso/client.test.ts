import { readFile } from 'node:fs/promises'
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http'
import { inspect } from 'node:util'
import { afterEach, describe, expect, it } from 'vitest'
import { createKapsoClient } from './client.ts'
import { KapsoError } from './errors.ts'

type Answer = (request: IncomingMessage, response: ServerResponse, body: string) => void

const apiKey = 'secret-project-key'
const reference = '6f6c2f0e-0000-4000-8000-000000000001'
const closers: (() => Promise<void>)[] = []

afterEach(async () => {
  await Promise.all(closers.splice(0).map((close) => close()))
})

/** A Kapso that answers each request with the next of these; the last one stays. */
async function serve(...answers: Answer[]) {
  const requests: { method: string; url: string; headers: IncomingMessage['headers']; body: unknown }[] = []
  const server = createServer((request, response) => {
    const chunks: Buffer[] = []
    request.on('data', (chunk: Buffer) => chunks.push(chunk))
    request.on('end', () => {
      const body = Buffer.concat(chunks).toString()
      requests.push({
        method: request.method ?? '',
        url: request.url ?? '',
        headers: request.headers,
        body: body === '' ? undefined : JSON.parse(body),
      })
      const answer = answers[Math.min(requests.length, answers.length) - 1]
      answer?.(request, response, body)
    })
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  closers.push(
    () =>
      new Promise((resolve) => {
        server.closeAllConnections()
        server.close(() => {
          resolve()
        })
      }),
  )
  const address = server.address()
  if (address === null || typeof address === 'string') throw new Error('no port')
  const url = `http://127.0.0.1:${address.port}`
  return { url, requests, client: connect(url) }
}

function connect(apiUrl: string, timeoutMs = 5_000, key = apiKey) {
  return createKapsoClient({ apiUrl, apiKey: key, timeoutMs })
}

function json(status: number, body: unknown, headers: Record<string, string> = {}): Answer {
  return (_request, response) => {
    response.writeHead(status, { 'content-type': 'application/json', ...headers })
    response.end(typeof body === 'string' ? body : JSON.stringify(body))
  }
}

async function sample(name: string): Promise<Record<string, unknown>> {
  const file = new URL(`../../../../tests/support/payloads/${name}.json`, import.meta.url)
  return JSON.parse(await readFile(file, 'utf8')) as Record<string, unknown>
}

const text = { phoneNumberId: '123', address: { phone: '16315551181' }, text: 'Hi', reference }

describe('sending a text', () => {
  it('writes the request as documented and takes the id of the answer', async () => {
    const { client, requests } = await serve(json(200, await sample('rest-send-message-response-phone')))
    const answer = await client.sendText({ ...text, replyToWamid: 'wamid.123' })
    expect(answer).toEqual({
      kind: 'accepted',
      wamid: 'wamid.HBgLMTY0NjcwNDM1OTUVAgARGBI1RjQyNUE3NEYxMzAzMzQ5MkEA',
    })
    expect(requests).toMatchObject([{ method: 'POST', url: '/meta/whatsapp/v24.0/123/messages' }])
    expect(requests[0]?.headers['x-api-key']).toBe(apiKey)
    expect(requests[0]?.body).toEqual({
      messaging_product: 'whatsapp',
      ...(await sample('rest-send-text-request-phone')),
      biz_opaque_callback_data: reference,
    })
  })

  it('names a business-scoped id as recipient, never in "to"', async () => {
    const { client, requests } = await serve(json(200, await sample('rest-send-message-response-bsuid')))
    const answer = await client.sendText({ ...text, address: { userId: 'US.13491208655302741918' } })
    expect(answer).toMatchObject({ kind: 'accepted' })
    expect(requests[0]?.body).toMatchObject({ recipient: 'US.13491208655302741918' })
    expect(requests[0]?.body).not.toHaveProperty('to')
  })

  it.each([
    ['rest-error-400-graph', 400, '131030'],
    ['rest-error-402-credits', 402, 'insufficient_credits'],
    ['rest-error-422-window-closed', 422, '131047'],
  ])('reads the refusal %s', async (name, status, code) => {
    const { client } = await serve(json(status, await sample(name)))
    expect(await client.sendText(text)).toEqual({ kind: 'refused', code })
  })

  it.each<[number, unknown, string]>([
    [401, { error: 'Invalid API key' }, 'unauthorized'],
    [403, { error: 'Active sandbox session required to send messages' }, 'sandbox_session_required'],
    [403, { error: 'Forbidden' }, 'forbidden'],
    [404, { error: 'Not found' }, 'not_found'],
    [413, '<html>too large</html>', 'too_large'],
    [422, { error: 'Stopped', code: 'marketing_preference_stopped' }, 'marketing_preference_stopped'],
    [418, {}, 'http_418'],
    [400, { error: { code: 'Drop table; --', message: 'x' } }, 'invalid_request'],
  ])('reads HTTP %i %j as a refusal', async (status, body, code) => {
    const { client } = await serve(json(status, body))
    expect(await client.sendText(text)).toEqual({ kind: 'refused', code })
  })

  it('is told to wait by a busy conversation and by the rate limit', async () => {
    const { client } = await serve(
      json(409, await sample('rest-error-409-in-flight')),
      json(429, await sample('rest-error-429'), { 'retry-after': '60' }),
    )
    expect(await client.sendText(text)).toEqual({
      kind: 'try_later',
      code: 'conversation_busy',
      retryAfterMs: null,
    })
    expect(await client.sendText(text)).toEqual({
      kind: 'try_later',
      code: 'rate_limited',
      retryAfterMs: 60_000,
    })
  })

  it.each<[string, Answer]>([
    ['Kapso’s proxy timed out', json(504, { error: 'Kapso proxy timeout' })],
    ['the server fails', json(500, { error: { code: 131047, message: 'x' } })],
    ['the server is not available', json(503, 'try later')],
    ['a success cannot be read', json(200, '<html>')],
    ['a success has no id', json(200, { messages: [] })],
    ['the connection is closed without an answer', (request) => request.socket.destroy()],
    [
      'a success breaks off',
      (_request, response) => {
        response.writeHead(200, { 'content-length': '1000' })
        response.write('{"messages":[{"id":"wam', () => response.destroy())
      },
    ],
  ])('does not know the outcome when %s', async (_name, answer) => {
    const { client } = await serve(answer)
    expect(await client.sendText(text)).toEqual({ kind: 'unknown' })
  })

  it('does not know the outcome when no answer comes in time', async () => {
    const { url, requests } = await serve(() => undefined)
    expect(await connect(url, 100).sendText(text)).toEqual({ kind: 'unknown' })
    expect(requests).toHaveLength(1)
  })

  it('does not know the outcome when an answer begins and does not end in time', async () => {
    const { url } = await serve((_request, response) => response.writeHead(200).write('{'))
    expect(await connect(url, 300).sendText(text)).toEqual({ kind: 'unknown' })
  })

  it('knows that nothing was sent without a connection', async () => {
    const { url } = await serve(json(200, {}))
    await closers.pop()?.()
    expect(await connect(url).sendText(text)).toEqual({ kind: 'not_sent' })
  })

  it('knows that nothing was sent when the other side speaks no TLS', async () => {
    const { url, requests } = await serve(json(200, {}))
    expect(await connect(url.replace('http:', 'https:')).sendText(text)).toEqual({ kind: 'not_sent' })
    expect(requests).toEqual([])
  })

  it('knows that nothing was sent with a key that fits into no header', async () => {
    const { url, requests } = await serve(json(200, {}))
    expect(await connect(url, 1000, 'two\nlines').sendText(text)).toEqual({ kind: 'not_sent' })
    expect(requests).toEqual([])
  })

  it('follows no redirect, which could take the key elsewhere', async () => {
    const elsewhere = await serve(json(200, await sample('rest-send-message-response-phone')))
    const { client } = await serve(json(307, {}, { location: elsewhere.url }))
    expect(await client.sendText(text)).toEqual({ kind: 'refused', code: 'http_307' })
    expect(elsewhere.requests).toEqual([])
  })
})

describe('listing messages', () => {
  it('asks as documented and reads the recorded page', async () => {
    const { client, requests } = await serve(json(200, await sample('rest-list-messages-page')))
    const page = await client.listMessages({
      phoneNumberId: '123',
      direction: 'outbound',
      since: new Date('2026-11-20T08:00:00Z'),
      after: 'Y3Vyc29y',
    })
    expect(Object.fromEntries(new URL(requests[0]?.url ?? '', 'http://x').searchParams)).toEqual({
      limit: '100',
      direction: 'outbound',
      since: '2026-11-20T08:00:00.000Z',
      after: 'Y3Vyc29y',
    })
    expect(page.after).toBe('Y3Vyc29y')
    expect(page.messages).toMatchObject([{ id: 'wamid.456', to: '16315551181' }, { id: 'wamid.123' }])
  })

  it('reads `next` as a cursor, but never as an address', async () => {
    const { client } = await serve(
      json(200, { data: [], paging: { next: 'bmV4dA' } }),
      json(200, { data: [], paging: { next: 'https://elsewhere.example/?after=x' } }),
      json(200, { data: [] }),
    )
    const query = { phoneNumberId: '123' }
    expect((await client.listMessages(query)).after).toBe('bmV4dA')
    expect((await client.listMessages(query)).after).toBeNull()
    expect((await client.listMessages(query)).after).toBeNull()
  })

  it('takes fields of the wrong type for absent', async () => {
    const { client } = await serve(json(200, { data: [{ id: 5, text: 'no object', kapso: [] }, {}] }))
    const { messages } = await client.listMessages({ phoneNumberId: '123' })
    expect(messages).toMatchObject([{ id: '5', text: undefined, kapso: undefined }, {}])
  })

  it.each<[string, Answer, string]>([
    ['refused', json(401, { error: 'Invalid API key' }), 'Kapso: refused (HTTP 401)'],
    ['rate_limited', json(429, {}), 'Kapso: rate_limited (HTTP 429)'],
    ['no_answer', json(502, 'bad gateway'), 'Kapso: no_answer (HTTP 502)'],
    ['unreadable', json(200, { data: 'wamid.secret' }), 'Kapso: unreadable (HTTP 200)'],
    ['no_answer', (request) => request.socket.destroy(), 'Kapso: no_answer'],
  ])('rejects with the reason %s and nothing else', async (reason, answer, message) => {
    const { client } = await serve(answer)
    const error: unknown = await client
      .listMessages({ phoneNumberId: '16315551181', after: 'wamid.secret' })
      .catch((caught: unknown) => caught)
    expect(error).toBeInstanceOf(KapsoError)
    expect(error).toMatchObject({ reason, message })
    expect(inspect(error, { depth: 9, showHidden: true })).not.toMatch(/wamid|16315551181|secret-project-key/)
  })
})

describe('the other calls', () => {
  it('gets one message, in either envelope, or null', async () => {
    const { client, requests } = await serve(
      json(200, { id: 'wamid.a/b=', type: 'text' }),
      json(200, { data: { id: 'wamid.a/b=', type: 'text' } }),
      json(404, { error: 'Message not found' }),
    )
    expect(await client.getMessage('123', 'wamid.a/b=')).toMatchObject({ id: 'wamid.a/b=' })
    expect(await client.getMessage('123', 'wamid.a/b=')).toMatchObject({ id: 'wamid.a/b=' })
    expect(await client.getMessage('123', 'wamid.a/b=')).toBeNull()
    expect(requests[0]?.url).toBe('/meta/whatsapp/v24.0/123/messages/wamid.a%2Fb%3D')
  })

  it('lists the phone numbers of all pages', async () => {
    const page = await sample('rest-list-phone-numbers-page')
    const { client, requests } = await serve(
      json(200, { ...page, meta: { page: 1, per_page: 1, total_pages: 2, total_count: 2 } }),
      json(200, { ...page, meta: { page: 2, per_page: 1, total_pages: 2, total_count: 2 } }),
    )
    expect(await client.listPhoneNumbers()).toMatchObject([
      { phone_number_id: '123456789012345', business_account_id: '102290129340398' },
      { phone_number_id: '123456789012345' },
    ])
    expect(requests.map((request) => request.url)).toEqual([
      '/platform/v1/whatsapp/phone_numbers?page=1&per_page=100',
      '/platform/v1/whatsapp/phone_numbers?page=2&per_page=100',
    ])
  })

  it('subscribes a number as in the recorded request', async () => {
    const { client, requests } = await serve(json(201, { data: { id: 'hook-1', active: true } }))
    const recorded = (await sample('rest-webhook-create-number'))['whatsapp_webhook'] as {
      url: string
      secret_key: string
      events: string[]
    }
    const id = await client.createNumberWebhook({
      phoneNumberId: '123',
      url: recorded.url,
      secret: recorded.secret_key,
      events: recorded.events,
    })
    expect(id).toBe('hook-1')
    expect(requests[0]).toMatchObject({
      method: 'POST',
      url: '/platform/v1/whatsapp/phone_numbers/123/webhooks',
      body: { whatsapp_webhook: recorded },
    })
  })
})
