import { readdirSync, readFileSync } from 'node:fs'
import { describe, expect, test } from 'vitest'
import { asObject, objectAt, objectsAt, type JsonObject } from './json.ts'
import { readKapsoEvent } from './read-event.ts'

/** Every sample body that Kapso's documentation has, with all that must be read from it. */

const folder = new URL('../../../../tests/support/payloads/', import.meta.url)
const receivedAt = new Date('2026-01-01T00:00:00Z')

function sample(name: string): JsonObject {
  return asObject(JSON.parse(readFileSync(new URL(name, folder), 'utf8'))) ?? {}
}

const at = (moment: string) => new Date(moment)

const nobody = {
  phone: null,
  businessScopedId: null,
  parentBusinessScopedId: null,
  username: null,
  profileName: null,
  kapsoConversationId: null,
}
/** The person of the older samples: number with a plus sign, no ids. */
const older = {
  ...nobody,
  phone: { e164: '+15551234567', verdict: 'possible' },
  kapsoConversationId: 'conv_123',
}
/** The person of the newer samples: digits only, business-scoped id, username with an at sign. */
const newer = {
  ...nobody,
  phone: { e164: '+16315551181', verdict: 'valid' },
  businessScopedId: 'US.13491208655302741918',
  username: 'testusername',
  profileName: 'John Doe',
  kapsoConversationId: 'conv_123',
}
const number = { phoneNumberId: '123456789012345' }
const plain = {
  ...number,
  kind: 'message',
  origin: 'cloud_api',
  content: null,
  media: null,
  replyToWamid: null,
  isForwarded: false,
  referral: null,
  callbackData: null,
}
const inbound = { ...plain, direction: 'inbound', statuses: [] }
const outbound = { ...plain, direction: 'outbound' }
const received = {
  ...inbound,
  counterpart: newer,
  occurredAt: at('2026-08-16T17:25:01Z'),
  session: {
    kapsoConversationId: 'conv_123',
    status: 'active',
    statusAt: at('2026-08-16T17:25:01Z'),
  },
}
const activeAt = (moment: string) => ({
  kapsoConversationId: 'conv_123',
  status: 'active',
  statusAt: at(moment),
})
const raw = (
  status: string,
  moment: string,
  errorCode: string | null = null,
  errorTitle: string | null = null,
) => ({
  status,
  occurredAt: at(moment),
  errorCode,
  errorTitle,
})
const noReply = { id: null, description: null, options: [], fields: [] }
const noFile = { isVoice: false, isAnimated: false, transcript: null }
const kapsoFile = 'https://app.kapso.ai/rails/active_storage/blobs/redirect/TOKEN--SIGNATURE'
const metaFile = 'https://lookaside.fbsbx.com/whatsapp_business/attachments/?mid=133...'
const customer = { id: '880e8400-e29b-41d4-a716-446655440003' }
const ignored = { kind: 'ignored', reason: 'event_not_used' }

const expected: [file: string, name: string, event: Record<string, unknown>][] = [
  [
    'kapso-v2-message-received-text.json',
    'whatsapp.message.received',
    {
      ...inbound,
      wamid: 'wamid.123',
      type: 'text',
      text: 'Hello',
      occurredAt: at('2024-10-28T05:20:00Z'),
      counterpart: { ...older, profileName: 'John Doe' },
      session: activeAt('2025-10-28T14:25:01Z'),
    },
  ],
  [
    'kapso-v2-message-received-text-bsuid.json',
    'whatsapp.message.received',
    {
      ...inbound,
      wamid: 'wamid.123',
      type: 'text',
      text: 'Hello',
      occurredAt: at('2024-10-28T05:20:00Z'),
      counterpart: { ...newer, parentBusinessScopedId: 'US.ENT.506847293015824' },
      session: activeAt('2025-10-28T17:25:01Z'),
    },
  ],
  [
    'kapso-v2-message-received-reply-context.json',
    'whatsapp.message.received',
    { ...received, wamid: 'wamid.RPL', type: 'text', text: 'About this one', replyToWamid: 'wamid.456' },
  ],
  [
    'kapso-v2-message-received-button-quick-reply.json',
    'whatsapp.message.received',
    {
      ...received,
      wamid: 'wamid.QRB',
      type: 'button',
      text: 'Unsubscribe',
      content: { kind: 'button', payload: 'Unsubscribe' },
      replyToWamid: 'wamid.456',
    },
  ],
  [
    'kapso-v2-message-received-interactive-button-reply.json',
    'whatsapp.message.received',
    {
      ...received,
      wamid: 'wamid.BTN',
      type: 'interactive',
      text: 'Confirm',
      content: { ...noReply, kind: 'interactive', form: 'button_reply', id: 'btn_1' },
      replyToWamid: 'wamid.456',
    },
  ],
  [
    'kapso-v2-message-received-interactive-list-reply.json',
    'whatsapp.message.received',
    {
      ...received,
      wamid: 'wamid.LST',
      type: 'interactive',
      text: 'Priority Mail Express',
      content: {
        ...noReply,
        kind: 'interactive',
        form: 'list_reply',
        id: 'priority_express',
        description: 'Next Day to 2 Days',
      },
      replyToWamid: 'wamid.456',
    },
  ],
  [
    'kapso-v2-message-received-location.json',
    'whatsapp.message.received',
    {
      ...received,
      wamid: 'wamid.LOC',
      type: 'location',
      text: null,
      content: {
        kind: 'location',
        latitude: 37.7749,
        longitude: -122.4194,
        name: 'San Francisco',
        address: 'San Francisco, CA, USA',
        url: null,
      },
    },
  ],
  [
    'kapso-v2-message-received-document.json',
    'whatsapp.message.received',
    {
      ...received,
      wamid: 'wamid.DOC',
      type: 'document',
      text: 'my receipt',
      content: {
        ...noFile,
        kind: 'document',
        mimeType: 'application/pdf',
        fileName: 'receipt.pdf',
        byteSize: 307200,
      },
      media: {
        mediaId: '622684793477189',
        urls: [`${kapsoFile}/receipt.pdf`, metaFile],
        sha256: 'V5OPpLD/gEG6Xjg0MbmQDLFgcKsL+j5LfY4ny/pZ4MY=',
        declaredMimeType: 'application/pdf',
        fileName: 'receipt.pdf',
        byteSize: 307200,
      },
    },
  ],
  [
    'kapso-v2-message-received-image.json',
    'whatsapp.message.received',
    {
      ...received,
      wamid: 'wamid.IMG',
      type: 'image',
      text: 'Photo description',
      content: {
        ...noFile,
        kind: 'image',
        mimeType: 'image/jpeg',
        fileName: 'image_1.jpeg',
        byteSize: 117868,
      },
      media: {
        mediaId: '1371993794424264',
        urls: [`${kapsoFile}/image_1.jpeg`, metaFile],
        sha256: 'zTC1IRibhUeU8FXIJjVt/Iz06A+cWxwwkneq+WVXaKE=',
        declaredMimeType: 'image/jpeg',
        fileName: 'image_1.jpeg',
        byteSize: 117868,
      },
    },
  ],
  [
    'kapso-v2-message-received-minimal-no-phone.json',
    'whatsapp.message.received',
    {
      ...inbound,
      wamid: 'wamid.1',
      type: 'unknown',
      text: null,
      content: { kind: 'unsupported', type: 'unknown', code: null, title: null },
      occurredAt: receivedAt,
      counterpart: { ...nobody, businessScopedId: 'US.123', username: 'someone' },
      session: null,
    },
  ],
  [
    'kapso-v2-message-received-reaction-added.json',
    'whatsapp.message.received',
    {
      ...number,
      kind: 'reaction',
      wamid: 'wamid.RE1',
      targetWamid: 'wamid.456',
      emoji: '❤️',
      direction: 'inbound',
      origin: 'cloud_api',
      occurredAt: at('2026-08-16T17:25:01Z'),
      counterpart: newer,
      callbackData: null,
      statuses: [],
    },
  ],
  [
    'kapso-v2-message-sent-text.json',
    'whatsapp.message.sent',
    {
      ...outbound,
      wamid: 'wamid.456',
      type: 'text',
      text: 'On my way',
      occurredAt: at('2024-10-28T05:21:00Z'),
      counterpart: { ...older, profileName: 'John Doe' },
      statuses: [raw('sent', '2024-10-28T05:21:00Z')],
      session: activeAt('2025-10-28T14:31:00Z'),
    },
  ],
  [
    'kapso-v2-message-sent-template.json',
    'whatsapp.message.sent',
    {
      ...outbound,
      wamid: 'wamid.TPL',
      type: 'template',
      text: null,
      content: { kind: 'template', name: 'order_confirmation', language: 'en_US', parameters: ['1234'] },
      occurredAt: at('2024-10-28T05:21:00Z'),
      // The id stands in the raw status only.
      counterpart: { ...older, profileName: 'John Doe', businessScopedId: 'US.13491208655302741918' },
      statuses: [raw('sent', '2024-10-28T05:21:00Z')],
      session: activeAt('2025-10-28T14:31:00Z'),
    },
  ],
  [
    'kapso-v2-message-delivered.json',
    'whatsapp.message.delivered',
    {
      ...number,
      kind: 'status',
      wamid: 'wamid.456',
      statuses: [raw('sent', '2024-10-28T05:21:00Z'), raw('delivered', '2024-10-28T05:21:28Z')],
      counterpart: older,
    },
  ],
  [
    'kapso-v2-message-read.json',
    'whatsapp.message.read',
    {
      ...number,
      kind: 'status',
      wamid: 'wamid.456',
      statuses: [
        raw('sent', '2024-10-28T05:21:00Z'),
        raw('delivered', '2024-10-28T05:21:28Z'),
        raw('read', '2024-10-28T05:22:30Z'),
      ],
      counterpart: older,
    },
  ],
  [
    'kapso-v2-message-failed.json',
    'whatsapp.message.failed',
    {
      ...number,
      kind: 'status',
      wamid: 'wamid.789',
      statuses: [
        raw('sent', '2024-10-28T05:25:00Z'),
        raw('failed', '2024-10-28T05:26:40Z', '131047', 'Re-engagement message'),
      ],
      counterpart: older,
    },
  ],
  [
    'kapso-v2-conversation-created.json',
    'whatsapp.conversation.created',
    {
      ...number,
      kind: 'session',
      change: 'created',
      kapsoConversationId: 'conv_789',
      occurredAt: at('2025-10-28T14:00:00Z'),
      counterpart: { ...older, profileName: 'John Doe', kapsoConversationId: 'conv_789' },
    },
  ],
  [
    'kapso-v2-conversation-ended.json',
    'whatsapp.conversation.ended',
    {
      ...number,
      kind: 'session',
      change: 'ended',
      kapsoConversationId: 'conv_789',
      occurredAt: at('2025-10-28T15:10:45Z'),
      counterpart: { ...older, profileName: 'John Doe', kapsoConversationId: 'conv_789' },
    },
  ],
  [
    'kapso-v2-conversation-inactive.json',
    'whatsapp.conversation.inactive',
    {
      ...number,
      kind: 'session',
      change: 'inactive',
      kapsoConversationId: 'conv_789',
      occurredAt: at('2025-10-28T14:00:00Z'),
      counterpart: { ...older, kapsoConversationId: 'conv_789' },
    },
  ],
  [
    'kapso-v2-contact-identity-changed.json',
    'whatsapp.contact.identity_changed',
    {
      ...number,
      kind: 'identity_changed',
      previousBusinessScopedId: 'US.13491208655302741918',
      counterpart: {
        ...nobody,
        businessScopedId: 'US.22222222222222222222',
        username: 'testusername',
        profileName: 'John Doe',
      },
      occurredAt: at('2026-08-16T12:00:00Z'),
    },
  ],
  [
    'kapso-v2-project-account-disabled.json',
    'whatsapp.account.disabled',
    {
      kind: 'channel',
      name: 'whatsapp.account.disabled',
      phoneNumberIds: ['123456789012345'],
      occurredAt: at('2026-08-16T12:00:00Z'),
      details: {
        business_account_id: '102290129340398',
        source: { provider: 'meta', event: 'DISABLED_UPDATE' },
        ban: { state: 'DISABLE', date_label: 'August 16, 2026' },
      },
    },
  ],
  [
    'kapso-v2-project-account-reinstated.json',
    'whatsapp.account.reinstated',
    {
      kind: 'channel',
      name: 'whatsapp.account.reinstated',
      phoneNumberIds: ['123456789012345'],
      occurredAt: at('2026-08-16T12:00:00Z'),
      details: {
        business_account_id: '102290129340398',
        source: { provider: 'meta', event: 'DISABLED_UPDATE' },
        ban: { state: 'REINSTATE', date_label: 'August 16, 2026' },
      },
    },
  ],
  [
    'kapso-v2-project-account-restricted.json',
    'whatsapp.account.restricted',
    {
      kind: 'channel',
      name: 'whatsapp.account.restricted',
      phoneNumberIds: ['123'],
      occurredAt: receivedAt,
      details: {
        business_account_id: '102290129340398',
        source: { provider: 'meta', event: 'ACCOUNT_RESTRICTION' },
        restrictions: [{ type: 'RESTRICTED_BIZ_INITIATED_MESSAGING', expires_at: '2026-09-14T12:00:00Z' }],
      },
    },
  ],
  [
    'kapso-v2-project-phone-number-created.json',
    'whatsapp.phone_number.created',
    {
      kind: 'channel',
      name: 'whatsapp.phone_number.created',
      phoneNumberIds: ['123456789012345'],
      occurredAt: receivedAt,
      details: { customer },
    },
  ],
  [
    'kapso-v2-project-phone-number-deleted.json',
    'whatsapp.phone_number.deleted',
    {
      kind: 'channel',
      name: 'whatsapp.phone_number.deleted',
      phoneNumberIds: ['123456789012345'],
      occurredAt: receivedAt,
      details: { customer: { ...customer, external_id: 'tenant-42' } },
    },
  ],
  ...['offboarded', 'reconnected'].map((change): [string, string, Record<string, unknown>] => [
    `kapso-v2-project-phone-number-${change}.json`,
    `whatsapp.phone_number.${change}`,
    {
      kind: 'channel',
      name: `whatsapp.phone_number.${change}`,
      phoneNumberIds: ['123456789012345'],
      occurredAt: at('2026-08-16T12:00:00Z'),
      details: {
        connection_type: 'coexistence',
        source: {
          provider: 'meta',
          event: `ACCOUNT_${change.toUpperCase()}`,
          business_account_id: '102290129340398',
        },
        customer: { ...customer, external_id: 'tenant-42' },
      },
    },
  ]),
  [
    'kapso-v2-project-workflow-execution-failed.json',
    'workflow.execution.failed',
    {
      kind: 'workflow',
      executionId: '770e8400-e29b-41d4-a716-446655440002',
      workflowId: '880e8400-e29b-41d4-a716-446655440001',
      status: 'failed',
      occurredAt: at('2025-12-08T12:00:00Z'),
      kapsoConversationId: 'conv_789',
      details: {
        channel: 'whatsapp',
        tracking_id: 'track-abc123',
        error: { message: 'Workflow execution timed out' },
      },
    },
  ],
  [
    'kapso-v2-project-workflow-execution-handoff.json',
    'workflow.execution.handoff',
    {
      kind: 'workflow',
      executionId: '770e8400-e29b-41d4-a716-446655440002',
      workflowId: '880e8400-e29b-41d4-a716-446655440001',
      status: 'handoff',
      occurredAt: at('2025-12-08T12:00:00Z'),
      kapsoConversationId: 'conv_789',
      details: {
        channel: 'whatsapp',
        tracking_id: 'track-abc123',
        handoff: { source: 'agent_tool', reason: 'User requested human assistance' },
      },
    },
  ],
  [
    'kapso-v2-project-workflow-execution-handoff-no-conversation.json',
    'workflow.execution.handoff',
    {
      kind: 'workflow',
      executionId: '770e8400-e29b-41d4-a716-446655440002',
      workflowId: null,
      status: 'handoff',
      occurredAt: at('2025-12-08T12:00:00Z'),
      kapsoConversationId: null,
      details: { channel: 'whatsapp', handoff: { source: 'action_step' } },
    },
  ],
  ['kapso-v2-project-agent-run-cancelled.json', 'kapso_agent.run.cancelled', ignored],
  ['kapso-v2-project-agent-run-completed.json', 'kapso_agent.run.completed', ignored],
  ['kapso-v2-project-agent-run-failed.json', 'kapso_agent.run.failed', ignored],
  ['kapso-v2-project-event.json', 'project.event', ignored],
]

describe('a whole body', () => {
  test.each(expected)('%s', (file, name, event) => {
    expect(readKapsoEvent(name, sample(file), receivedAt)).toEqual(event)
  })

  test('there is an expectation for every sample of a delivery', () => {
    const files = readdirSync(folder).filter(
      (file) => file.startsWith('kapso-v2-') && !file.includes('batch'),
    )
    expect(expected.map(([file]) => file).toSorted()).toEqual(files.toSorted())
  })
})

test('the two elements of a batch', () => {
  const elements = objectsAt(sample('kapso-v2-batch-message-received.json'), 'data', 10)
  const common = { ...inbound, type: 'text', counterpart: older }
  expect(elements.map((item) => readKapsoEvent('whatsapp.message.received', item, receivedAt))).toEqual([
    {
      ...common,
      wamid: 'wamid.111',
      text: 'First in batch',
      occurredAt: at('2024-10-28T05:20:01Z'),
      session: activeAt('2025-10-28T14:26:01Z'),
    },
    {
      ...common,
      wamid: 'wamid.112',
      text: 'Second in batch',
      occurredAt: at('2024-10-28T05:20:02Z'),
      session: activeAt('2025-10-28T14:26:02Z'),
    },
  ])
})

describe('a message object alone', () => {
  const read = (message: JsonObject | undefined) =>
    readKapsoEvent(
      'whatsapp.message.received',
      { message: { id: 'wamid.F', from_user_id: 'ID.1', ...message } },
      receivedAt,
    )
  const fragment = (name: string) =>
    read({
      ...objectAt(sample(`fragment-kapso-v2-message-${name}.json`), 'message'),
      kapso: {
        ...objectAt(objectAt(sample(`fragment-kapso-v2-message-${name}.json`), 'message'), 'kapso'),
        phone_number_id: '123456789012345',
      },
    })

  test('an audio with its transcript', () => {
    expect(fragment('audio-transcript')).toMatchObject({
      type: 'audio',
      text: 'Hello, I need help with my order',
      content: {
        kind: 'audio',
        mimeType: 'audio/ogg',
        fileName: 'voice.ogg',
        byteSize: 51200,
        transcript: 'Hello, I need help with my order',
      },
      media: {
        mediaId: 'media_id_456',
        urls: ['https://api.kapso.ai/media/...'],
        sha256: null,
        declaredMimeType: 'audio/ogg',
      },
    })
  })

  test('an image without an address of Meta', () => {
    expect(fragment('image')).toMatchObject({
      type: 'image',
      text: 'Photo description',
      media: { mediaId: 'media_id_123', urls: ['https://api.kapso.ai/media/...'], byteSize: 204800 },
    })
  })

  test('a reply, a place, a reaction', () => {
    expect(fragment('interactive-button-reply')).toMatchObject({ text: 'Confirm', content: { id: 'btn_1' } })
    expect(fragment('location')).toMatchObject({ content: { kind: 'location', latitude: 37.7749 } })
    expect(fragment('reaction')).toMatchObject({
      kind: 'reaction',
      targetWamid: 'wamid.HBgNNTU0MTIzNDU2Nzg5MA',
      emoji: '👍',
    })
  })

  test('a recorded image: number, session and name stand in the message', () => {
    const message = { ...sample('real-message-object-image.json'), from: '541120000000' }
    const event = readKapsoEvent('whatsapp.message.received', { message }, receivedAt)
    expect(event).toMatchObject({
      kind: 'message',
      phoneNumberId: '597907523413541',
      direction: 'inbound',
      text: null,
      counterpart: {
        phone: { e164: '+541120000000' },
        profileName: '<contact name>',
        kapsoConversationId: '20e0e0c5-d08f-4361-8d3c-f563d58ee884',
      },
      content: { kind: 'image', mimeType: 'image/jpeg', byteSize: 117868 },
      session: {
        kapsoConversationId: '20e0e0c5-d08f-4361-8d3c-f563d58ee884',
        status: null,
        statusAt: null,
      },
    })
    expect(event.kind === 'message' && event.media?.urls.map((url) => new URL(url).host)).toEqual([
      'app.kapso.ai',
      'lookaside.fbsbx.com',
    ])
  })

  test('messages as the REST API lists them', () => {
    const [sent, received_] = objectsAt(sample('rest-list-messages-page.json'), 'data', 10)
    const session = {
      kapsoConversationId: '20e0e0c5-d08f-4361-8d3c-f563d58ee884',
      status: null,
      statusAt: null,
    }
    const counterpart = { ...newer, username: null, kapsoConversationId: session.kapsoConversationId }
    expect(readKapsoEvent('whatsapp.message.sent', { message: sent }, receivedAt)).toEqual({
      ...outbound,
      wamid: 'wamid.456',
      type: 'text',
      text: 'On my way',
      occurredAt: at('2024-10-28T05:21:00Z'),
      counterpart,
      statuses: [raw('sent', '2024-10-28T05:21:00Z')],
      session,
    })
    expect(readKapsoEvent('whatsapp.message.received', { message: received_ }, receivedAt)).toEqual({
      ...inbound,
      wamid: 'wamid.123',
      type: 'text',
      text: 'Hello',
      occurredAt: at('2024-10-28T05:20:00Z'),
      counterpart,
      session,
    })
  })
})
