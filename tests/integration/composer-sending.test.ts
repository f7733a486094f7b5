import { randomUUID } from 'node:crypto'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { AnsweredMeanwhile } from '../../src/lib/server/composer/composer-errors.ts'
import { queueReaction, takeBack } from '../../src/lib/server/composer/send.ts'
import { startConversation } from '../../src/lib/server/composer/new-message.ts'
import { readDraft, saveDraft } from '../../src/lib/server/database/drafts.ts'
import { listMessages } from '../../src/lib/server/database/inbox-thread.ts'
import { sendDueMessages } from '../../src/lib/server/outbox/send-due-messages.ts'
import { letTimePass, startComposerBench, type ComposerBench } from './composer-support.ts'
import type { Thread } from './outbox-support.ts'

let bench: ComposerBench

beforeAll(async () => {
  bench = await startComposerBench()
  expect(await bench.syncTemplates()).toBe(0)
}, 120_000)

afterAll(() => bench.close())

const hour = 60 * 60_000

function deliver(thread: Thread): Promise<void> {
  return sendDueMessages(bench.dependencies(), thread)
}

async function templateId(name: string, language = 'id'): Promise<string> {
  const { rows } = await bench.admin.query<{ id: string }>(
    'select id from public.templates where name = $1 and language = $2',
    [name, language],
  )
  return rows[0]?.id ?? ''
}

describe('undo', () => {
  it('holds a message for as long as it can be taken back, and then sends it', async () => {
    const thread = await bench.makeThread()
    const message = await bench.send(thread, { kind: 'text', text: 'wait', undoSeconds: 5 })
    await sendDueMessages(bench.dependencies({ patienceMs: 0 }), thread)
    expect(bench.atKapso(thread)).toHaveLength(0)
    await letTimePass(bench, message.id)
    await deliver(thread)
    expect(bench.atKapso(thread)).toHaveLength(1)
  })

  it('takes a message back, which then never leaves, and the thread shows what was there before', async () => {
    const thread = await bench.makeThread()
    const message = await bench.send(thread, { kind: 'text', text: 'oops', undoSeconds: 5 })
    await bench.asMember(bench.owner, (database, enqueue) =>
      takeBack(database, enqueue, thread.workspaceId, thread.conversationId, message.id),
    )
    await deliver(thread)
    expect(bench.atKapso(thread)).toHaveLength(0)
    const { rows } = await bench.admin.query(
      `select m.text from conversations c join messages m on m.id = c.last_message_id where c.id = $1`,
      [thread.conversationId],
    )
    expect(rows).toEqual([{ text: 'Halo' }])
  })

  it('a message that is taken back while it leaves is either sent or taken back, never both', async () => {
    for (let round = 0; round < 8; round += 1) {
      const thread = await bench.makeThread()
      const message = await bench.send(thread, {
        kind: 'text',
        text: `race ${String(round)}`,
        undoSeconds: 3,
      })
      await letTimePass(bench, message.id)
      const [taken] = await Promise.allSettled([
        bench.asMember(bench.owner, (database, enqueue) =>
          takeBack(database, enqueue, thread.workspaceId, thread.conversationId, message.id),
        ),
        deliver(thread),
      ])
      expect(bench.atKapso(thread)).toHaveLength(taken.status === 'fulfilled' ? 0 : 1)
      if (taken.status === 'rejected') expect(taken.reason).toMatchObject({ code: 'left' })
    }
  })

  it("nobody takes back a colleague's message", async () => {
    const thread = await bench.makeThread()
    const message = await bench.send(thread, { kind: 'text', text: 'mine', undoSeconds: 5 })
    const colleague = await bench.addMember('agent')
    await expect(
      bench.asMember(colleague, (database, enqueue) =>
        takeBack(database, enqueue, thread.workspaceId, thread.conversationId, message.id),
      ),
    ).rejects.toMatchObject({ code: 'not_found' })
  })
})

describe('a later send', () => {
  it('leaves at its time, holds up nothing until then and stands in the thread where it left', async () => {
    const thread = await bench.makeThread()
    const sendAt = new Date(Date.now() + 2 * hour).toISOString()
    const later = await bench.send(thread, { kind: 'text', text: 'later', sendAt })
    const now = await bench.send(thread, { kind: 'text', text: 'now' })
    await deliver(thread)
    expect(bench.atKapso(thread).map((one) => one.content)).toEqual([{ body: 'now' }])
    await letTimePass(bench, later.id)
    await deliver(thread)
    expect(bench.atKapso(thread)).toHaveLength(2)
    const { messages } = await bench.asMember(bench.owner, (database) =>
      listMessages(database, thread.workspaceId, thread.conversationId),
    )
    expect(messages.map(({ id }) => id).slice(-2)).toEqual([now.id, later.id])
  })

  it('is not the last word until it leaves', async () => {
    const thread = await bench.makeThread()
    const sendAt = new Date(Date.now() + 2 * hour).toISOString()
    await bench.send(thread, { kind: 'text', text: 'later', sendAt })
    const { rows } = await bench.admin.query(
      `select m.text from conversations c join messages m on m.id = c.last_message_id where c.id = $1`,
      [thread.conversationId],
    )
    expect(rows).toEqual([{ text: 'Halo' }])
  })

  it('stops when the window has closed by then, and tells its author', async () => {
    const thread = await bench.makeThread()
    const sendAt = new Date(Date.now() + 2 * hour).toISOString()
    const message = await bench.send(thread, { kind: 'text', text: 'too late', sendAt })
    await letTimePass(bench, message.id)
    await bench.admin.query(
      `update conversations set last_inbound_at = now() - interval '25 hours' where id = $1`,
      [thread.conversationId],
    )
    await deliver(thread)
    expect(bench.atKapso(thread)).toHaveLength(0)
    expect(await bench.messageOf(message.id)).toMatchObject({
      send_state: 'failed',
      failure_code: 'window_closed',
    })
    const { rows } = await bench.admin.query(
      'select kind, details from conversation_events where conversation_id = $1 and kind like $2',
      [thread.conversationId, 'send_later%'],
    )
    expect(rows).toEqual([
      {
        kind: 'send_later_stopped',
        details: { messageId: message.id, authorId: bench.owner.sub, reason: 'window_closed' },
      },
    ])
  })
})

describe('a colleague who answers meanwhile', () => {
  it('holds what was begun before, and says who', async () => {
    const thread = await bench.makeThread()
    const answeredSince = new Date().toISOString()
    const colleague = await bench.addMember('agent')
    await bench.send(thread, { kind: 'text', text: 'I am faster' }, colleague)
    const held = bench.send(thread, { kind: 'text', text: 'me too', answeredSince })
    await expect(held).rejects.toBeInstanceOf(AnsweredMeanwhile)
    await expect(held).rejects.toMatchObject({ by: { id: colleague.sub } })
    await bench.send(thread, { kind: 'text', text: 'me too', answeredSince, evenSo: true })
    await bench.send(thread, { kind: 'text', text: 'and more', answeredSince: new Date().toISOString() })
  })

  it('of two who answer at once only one gets through', async () => {
    const thread = await bench.makeThread()
    const answeredSince = new Date().toISOString()
    const members = await Promise.all([bench.addMember('agent'), bench.addMember('agent')])
    const sent = await Promise.allSettled(
      members.map((member) => bench.send(thread, { kind: 'text', text: 'Halo', answeredSince }, member)),
    )
    expect(sent.map(({ status }) => status).sort()).toEqual(['fulfilled', 'rejected'])
  })

  it("does not mind a browser's clock that is wrong", async () => {
    const thread = await bench.makeThread()
    const colleague = await bench.addMember('agent')
    await bench.send(thread, { kind: 'text', text: 'first' }, colleague)
    const wrong = (milliseconds: number) => new Date(Date.now() + 3 * hour + milliseconds).toISOString()
    const request = { kind: 'text', text: 'second', askedAt: wrong(0) } as const
    await expect(bench.send(thread, { ...request, answeredSince: wrong(-60_000) })).rejects.toBeInstanceOf(
      AnsweredMeanwhile,
    )
  })
})

describe('a template', () => {
  it('goes out after the window, as it was previewed', async () => {
    const thread = await bench.makeThread({ lastInboundAt: new Date(Date.now() - 30 * hour) })
    await expect(bench.send(thread, { kind: 'text', text: 'hi' })).rejects.toMatchObject({
      code: 'window_closed',
    })
    const message = await bench.send(thread, {
      kind: 'template',
      templateId: await templateId('order_follow_up'),
      parameters: { 'header.1': 'A-7', 'body.1': 'Sari', 'body.2': 'A-7', 'button.1.1': 'A-7' },
    })
    expect(message.text).toBe('Halo Sari, pesanan Anda A-7 sudah siap. Balas pesan ini kalau ada pertanyaan.')
    expect(message.content).toMatchObject({ header: 'Pesanan A-7', footer: 'Toko Contoh' })
    await deliver(thread)
    const [sent] = bench.atKapso(thread)
    expect(sent).toMatchObject({ type: 'template', opaqueData: message.id })
    expect(await bench.messageOf(message.id)).toMatchObject({ send_state: 'accepted' })
  })

  it('with named places goes out by their names', async () => {
    const thread = await bench.makeThread()
    await bench.send(thread, {
      kind: 'template',
      templateId: await templateId('appointment_reminder', 'en'),
      parameters: { 'body.first_name': 'Sari', 'body.date': '1 May' },
    })
    await deliver(thread)
    expect(bench.atKapso(thread)).toHaveLength(1)
  })

  it('is refused without all its values, when paused, and to whoever wants no marketing', async () => {
    const thread = await bench.makeThread()
    const send = (id: string, parameters: Record<string, string>) =>
      bench.send(thread, { kind: 'template', templateId: id, parameters })
    const promo = await templateId('promo_ramadan')
    await expect(send(promo, {})).rejects.toMatchObject({ code: 'parameter_missing' })
    await expect(send(promo, { 'body.1': 'a\nb' })).rejects.toMatchObject({ code: 'parameter_invalid' })
    await bench.admin.query(
      `insert into marketing_preferences (workspace_id, channel_id, identity_id, status, sequence, occurred_at)
       values ($1, $2, $3, 'stopped', 1, now())`,
      [thread.workspaceId, thread.channelId, thread.identityId],
    )
    await expect(send(promo, { 'body.1': 'Sari' })).rejects.toMatchObject({ code: 'marketing_stopped' })
    bench.simulator.control.setTemplate({ name: 'hello', status: 'PAUSED' })
    await bench.admin.query('update channels set templates_synced_at = null')
    await bench.syncTemplates()
    await expect(send(await templateId('hello'), {})).rejects.toMatchObject({ code: 'template_unavailable' })
  })

  it('that is paused between writing and sending is not sent', async () => {
    const thread = await bench.makeThread()
    const id = await templateId('order_follow_up', 'en')
    const message = await bench.send(thread, {
      kind: 'template',
      templateId: id,
      parameters: { 'body.1': 'Sari', 'body.2': 'A-7' },
      sendAt: new Date(Date.now() + hour).toISOString(),
    })
    await bench.admin.query(`update templates set status = 'paused' where id = $1`, [id])
    await letTimePass(bench, message.id)
    await deliver(thread)
    expect(await bench.messageOf(message.id)).toMatchObject({ send_state: 'failed', failure_code: '132015' })
    expect(bench.atKapso(thread)).toHaveLength(0)
    await bench.admin.query(`update templates set status = 'approved' where id = $1`, [id])
  })
})

describe('a reply', () => {
  it('carries the message that it is about', async () => {
    const thread = await bench.makeThread()
    const { rows } = await bench.admin.query<{ id: string; wamid: string }>(
      'select id, wamid from messages where conversation_id = $1',
      [thread.conversationId],
    )
    const message = await bench.send(thread, { kind: 'text', text: 'yes', replyToMessageId: rows[0]?.id })
    expect(message.quote?.original?.messageId).toBe(rows[0]?.id)
    await deliver(thread)
    expect(bench.atKapso(thread)).toMatchObject([{ replyTo: rows[0]?.wamid }])
  })
})

describe('a reaction', () => {
  async function react(thread: Thread, emoji: string | null) {
    const { rows } = await bench.admin.query<{ id: string }>(
      `select id from messages where conversation_id = $1 and direction = 'inbound'`,
      [thread.conversationId],
    )
    return bench.asMember(bench.owner, (database, enqueue) =>
      queueReaction(database, enqueue, thread.workspaceId, thread.conversationId, {
        messageId: rows[0]?.id ?? '',
        emoji,
      }),
    )
  }

  async function stateOf(thread: Thread) {
    const { rows } = await bench.admin.query(
      'select emoji, send_state, failure_code from message_reactions where conversation_id = $1',
      [thread.conversationId],
    )
    return rows as unknown
  }

  it('shows at once and is sent once', async () => {
    const thread = await bench.makeThread()
    expect((await react(thread, '👍')).reactions).toEqual([{ direction: 'outbound', emoji: '👍' }])
    await Promise.all([deliver(thread), deliver(thread)])
    await react(thread, '👍')
    await deliver(thread)
    expect(bench.atKapso(thread)).toMatchObject([{ type: 'reaction', content: { emoji: '👍' } }])
    expect(await stateOf(thread)).toEqual([{ emoji: '👍', send_state: 'accepted', failure_code: null }])
    await react(thread, null)
    await deliver(thread)
    expect(bench.atKapso(thread)).toHaveLength(2)
  })

  it('without an answer is never sent a second time', async () => {
    const thread = await bench.makeThread()
    await react(thread, '🙏')
    bench.simulator.control.addFault({ on: 'send', kind: 'reset_after_accepting', times: 1 })
    await deliver(thread)
    await deliver(thread)
    expect(bench.atKapso(thread)).toHaveLength(1)
    expect(await stateOf(thread)).toEqual([{ emoji: '🙏', send_state: 'unknown', failure_code: null }])
    bench.simulator.control.clearFaults()
  })

  it('that WhatsApp refuses gives its place back', async () => {
    const thread = await bench.makeThread()
    await react(thread, '👍')
    await deliver(thread)
    await react(thread, '😡')
    bench.simulator.control.addFault({ on: 'send', kind: 'graph_error', code: 131009, times: 1 })
    await deliver(thread)
    expect(await stateOf(thread)).toEqual([{ emoji: '👍', send_state: 'failed', failure_code: '131009' }])
    bench.simulator.control.clearFaults()
  })
})

describe('drafts', () => {
  it('keep what was typed last, whichever comes in last, and go with the message', async () => {
    const thread = await bench.makeThread()
    const save = (text: string, writtenAt: number) =>
      bench.asMember(bench.owner, (database) =>
        saveDraft(database, thread.workspaceId, thread.conversationId, {
          text,
          replyToMessageId: null,
          writtenAt: new Date(writtenAt),
        }),
      )
    const read = async (as = bench.owner) =>
      (await bench.asMember(as, (database) => readDraft(database, thread.workspaceId, thread.conversationId)))
        .text
    const now = Date.now()
    await save('newer', now)
    await save('older', now - 1000)
    expect(await read()).toBe('newer')
    expect(await read(await bench.addMember('agent'))).toBe('')
    await bench.send(thread, { kind: 'text', text: 'newer' })
    expect(await read()).toBe('')
  })
})

describe('a new message', () => {
  const write = async (to: { phone: string } | { contactId: string }, clientReference = randomUUID()) =>
    bench.asMember(bench.owner, async (database, enqueue) =>
      startConversation(database, enqueue, bench.workspace.workspaceId, {
        channelId: bench.workspace.channelId,
        to,
        clientReference,
        templateId: await templateId('order_follow_up', 'en'),
        parameters: { 'body.1': 'Sari', 'body.2': 'A-7' },
        undoSeconds: 0,
      }),
    )

  it('makes one conversation with a number, however it is typed and however often', async () => {
    const [one, two] = await Promise.all([
      write({ phone: '0812-0000-4321' }),
      write({ phone: '+62 812 0000 4321' }),
    ])
    expect(one.conversationId).toBe(two.conversationId)
    const thread = { workspaceId: bench.workspace.workspaceId, conversationId: one.conversationId }
    await sendDueMessages(bench.dependencies(), thread)
    const sent = [...bench.simulator.control.world.messages.values()].filter(
      (message) =>
        message.author === 'api' &&
        bench.simulator.control.world.customers.get(message.customerId)?.phone === '6281200004321',
    )
    expect(sent).toHaveLength(2)
  })

  it('opens the conversation that is known, and refuses what is no number', async () => {
    const thread = await bench.makeThread()
    const { conversationId } = await write({ phone: `+${thread.customer.phone}` })
    expect(conversationId).toBe(thread.conversationId)
    await expect(write({ phone: '12' })).rejects.toMatchObject({ code: 'phone_invalid' })
    await expect(write({ contactId: randomUUID() })).rejects.toMatchObject({ code: 'contact_not_found' })
  })
})
