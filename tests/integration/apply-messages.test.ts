import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { sample, startApplyBench, type ApplyBench, type ToldWorkspace } from '../support/apply-bench.ts'
import { outboundBody, receivedBody, sign } from '../support/kapso-bodies.ts'
import { runAs } from '../support/run-as.ts'

let bench: ApplyBench

beforeAll(async () => {
  bench = await startApplyBench()
})

afterAll(() => bench.close())

async function messagesOf(workspace: ToldWorkspace) {
  return bench.pipeline.kysely
    .selectFrom('messages')
    .selectAll()
    .where('workspace_id', '=', workspace.workspaceId)
    .orderBy('occurred_at')
    .orderBy('id')
    .execute()
}

async function threadsOf(workspace: ToldWorkspace) {
  return bench.pipeline.kysely
    .selectFrom('conversations')
    .selectAll()
    .where('workspace_id', '=', workspace.workspaceId)
    .execute()
}

describe('a message', () => {
  test.each([
    ['received-text', 'text', null],
    ['received-image', 'image', 'image'],
    ['received-document', 'document', 'document'],
    ['received-location', 'location', 'location'],
    ['received-button-quick-reply', 'button', 'button'],
    ['received-interactive-button-reply', 'interactive', 'interactive'],
    ['received-interactive-list-reply', 'interactive', 'interactive'],
  ])('of the sample %s is kept with what its type holds', async (name, type, kind) => {
    const workspace = await bench.makeWorkspace()
    await workspace.tell('whatsapp.message.received', sample(`kapso-v2-message-${name}`))
    const [message] = await messagesOf(workspace)
    expect(message).toMatchObject({ type, direction: 'inbound', is_silent: false })
    expect((message?.content as { kind: string } | null)?.kind ?? null).toBe(kind)
  })

  test('of the same second as another stands last in the list and in the thread if it came in last', async () => {
    const workspace = await bench.makeWorkspace()
    for (const id of ['wamid.C', 'wamid.A', 'wamid.B'])
      await workspace.tell(
        'whatsapp.message.received',
        sample('kapso-v2-message-received-text', { message: { id, timestamp: '1760000000' } }),
      )
    const [thread] = await threadsOf(workspace)
    const messages = await messagesOf(workspace)
    expect(messages.map(({ wamid }) => wamid)).toEqual(['wamid.C', 'wamid.A', 'wamid.B'])
    expect(thread?.last_message_id).toBe(messages.at(-1)?.id)
  })

  test('of a type that was not invented yet is kept, too', async () => {
    const workspace = await bench.makeWorkspace()
    const body = sample('kapso-v2-message-received-text', {
      message: { type: 'hologram', hologram: { depth: 3 } },
    })
    await workspace.tell('whatsapp.message.received', body)
    expect(await messagesOf(workspace)).toMatchObject([
      { type: 'hologram', content: { kind: 'unsupported', type: 'hologram' } },
    ])
  })

  test('says what it replies to, and that it was sent on', async () => {
    const workspace = await bench.makeWorkspace()
    const body = sample('kapso-v2-message-received-reply-context')
    await workspace.tell('whatsapp.message.received', body)
    await workspace.tell(
      'whatsapp.message.received',
      sample('kapso-v2-message-received-text', { message: { id: 'wamid.FW', context: { forwarded: true } } }),
    )
    const messages = await messagesOf(workspace)
    expect(messages.map((row) => row.reply_to_wamid).filter((wamid) => wamid !== null)).toHaveLength(1)
    expect(messages.map((row) => row.is_forwarded).sort()).toEqual([false, true])
  })

  test('that came from an advertisement keeps it', async () => {
    const workspace = await bench.makeWorkspace()
    const referral = { source_type: 'ad', source_id: '120', source_url: 'https://fb.me/x', headline: 'Sofa' }
    await workspace.tell(
      'whatsapp.message.received',
      sample('kapso-v2-message-received-text', { message: { referral } }),
    )
    expect(await messagesOf(workspace)).toMatchObject([
      { referral: { sourceType: 'ad', sourceId: '120', headline: 'Sofa' } },
    ])
  })

  test('with a file asks once for its copy, however often it is delivered', async () => {
    const workspace = await bench.makeWorkspace()
    for (let i = 0; i < 3; i++) {
      await workspace.tell('whatsapp.message.received', sample('kapso-v2-message-received-image'))
    }
    const [message] = await messagesOf(workspace)
    expect(await workspace.jobs('copy-media')).toEqual([
      { data: { workspaceId: workspace.workspaceId, messageId: message?.id }, priority: 0 },
    ])
  })

  test('that is refused by the database asks for no copy', async () => {
    const workspace = await bench.makeWorkspace()
    await runAs(
      bench.database.adminUrl,
      `create function public.refuse_images() returns trigger language plpgsql as
         $$ begin if new.wamid = 'wamid.REFUSED' then raise 'no' using errcode = '22000'; end if; return new; end $$;
       create trigger refuse_images before insert on public.messages for each row execute function public.refuse_images()`,
    )
    await workspace.tell(
      'whatsapp.message.received',
      sample('kapso-v2-message-received-image', { message: { id: 'wamid.REFUSED' } }),
    )
    expect(await messagesOf(workspace)).toEqual([])
    expect(await workspace.jobs('copy-media')).toEqual([])
  })
})

describe('imported history', () => {
  const history = { kapso: { origin: 'history_sync' } }

  test('is never unread, pauses no bot, and its files are copied after everything else', async () => {
    const workspace = await bench.makeWorkspace()
    await workspace.tell(
      'whatsapp.message.received',
      sample('kapso-v2-message-received-image', { message: history }),
    )
    await workspace.tell(
      'whatsapp.message.sent',
      sample('kapso-v2-message-sent-text', { message: { ...history, id: 'wamid.H2' } }),
    )
    expect(await messagesOf(workspace)).toMatchObject([
      { origin: 'history_sync', is_silent: true },
      { origin: 'history_sync', is_silent: true },
    ])
    const threads = await threadsOf(workspace)
    expect(threads.map((thread) => [thread.inbound_count, thread.bot_state])).toEqual(
      threads.map(() => [0, 'active']),
    )
    expect((await workspace.jobs('copy-media')).map(({ priority }) => priority)).toEqual([-10])
    expect(await workspace.jobs('pause-bot')).toEqual([])
  })

  test('and what was repaired are silent alike', async () => {
    const workspace = await bench.makeWorkspace()
    const body = receivedBody({
      wamid: 'wamid.R1',
      phoneNumberId: workspace.phoneNumberId,
      phone: '6281200000021',
    })
    await bench.pipeline.deliver(workspace, sign('whatsapp.message.received', body, workspace.secret))
    await bench.pipeline.kysely
      .updateTable('webhook_events')
      .set({ source: 'repair' })
      .where('workspace_id', '=', workspace.workspaceId)
      .execute()
    await bench.pipeline.applyAll(workspace)
    expect(await messagesOf(workspace)).toMatchObject([{ is_silent: true, origin: 'cloud_api' }])
    expect(await threadsOf(workspace)).toMatchObject([{ inbound_count: 0 }])
  })
})

describe('names', () => {
  test('that staff gave stay, whatever WhatsApp calls the person', async () => {
    const workspace = await bench.makeWorkspace()
    const facts = { phoneNumberId: workspace.phoneNumberId, phone: '6281200000022' }
    await workspace.tell(
      'whatsapp.message.received',
      receivedBody({ ...facts, wamid: 'wamid.N1', at: 1_760_000_000, contactName: 'budi_88' }),
    )
    await bench.pipeline.kysely
      .updateTable('contacts')
      .set({ name: 'Pak Budi', name_source: 'staff' })
      .where('workspace_id', '=', workspace.workspaceId)
      .execute()
    await workspace.tell(
      'whatsapp.message.received',
      receivedBody({ ...facts, wamid: 'wamid.N2', at: 1_760_000_100, contactName: 'Budi S.' }),
    )
    const contacts = await bench.pipeline.kysely
      .selectFrom('contacts')
      .select(['name', 'name_source'])
      .where('workspace_id', '=', workspace.workspaceId)
      .execute()
    expect(contacts).toEqual([{ name: 'Pak Budi', name_source: 'staff' }])
  })
})

test('an event for a number that is none of ours waits in quarantine with the reason', async () => {
  const workspace = await bench.makeWorkspace()
  const facts = { phoneNumberId: '999', phone: '6281200000023', wamid: 'wamid.Q1' }
  await workspace.tell('whatsapp.message.received', receivedBody(facts))
  await workspace.tell('whatsapp.message.delivered', outboundBody('delivered', facts))
  await workspace.tell(
    'whatsapp.conversation.created',
    sample('kapso-v2-conversation-created', {
      conversation: { phone_number_id: '999' },
      phone_number_id: '999',
    }),
  )
  const rows = await bench.pipeline.kysely
    .selectFrom('webhook_events')
    .select(['status', 'reason'])
    .where('workspace_id', '=', workspace.workspaceId)
    .execute()
  expect(rows).toEqual(rows.map(() => ({ status: 'quarantined', reason: 'unknown_phone_number' })))
  expect(rows).toHaveLength(3)
})
