import { getLocale, overwriteGetLocale } from '#lib/i18n/generated/runtime.js'
import { afterEach, expect, it } from 'vitest'
import { toMessage, type MessageRow } from './inbox-messages.ts'

const before = getLocale
afterEach(() => {
  overwriteGetLocale(before)
})

const failed: MessageRow = {
  id: '0198f0a0-0000-7000-8000-000000000001',
  thread_id: '0198f0a0-0000-7000-8000-000000000002',
  direction: 'outbound',
  type: 'text',
  text: 'Halo',
  content: null,
  is_forwarded: false,
  referral: null,
  kapso_conversation_id: null,
  status: null,
  send_state: 'failed',
  failed_at: '2026-03-03T08:00:00Z',
  failure_code: '131047',
  origin: 'my21staff',
  author_name: 'Rina',
  client_reference: null,
  send_at: null,
  undo_until: null,
  occurred_at: '2026-03-03T08:00:00Z',
  is_reply: false,
  original: null,
  reactions: [],
  media_state: null,
  media_kind: 'image',
  media_reason: null,
  media_mime_type: null,
  media_byte_size: null,
  media_width: null,
  media_height: null,
  media_seconds: null,
  has_thumbnail: false,
}

it.each([
  ['en', 'The 24-hour reply window is closed'],
  ['id', 'Jendela balasan 24 jam sudah tertutup'],
] as const)('tells a reader of %s why a message failed', (locale, title) => {
  overwriteGetLocale(() => locale)
  expect(toMessage(failed, 'c1').failure?.title).toBe(title)
})
