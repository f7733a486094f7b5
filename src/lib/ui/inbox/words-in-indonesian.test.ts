import { getLocale, overwriteGetLocale } from '#lib/i18n/generated/runtime.js'
import { makeMessage } from '#lib/realtime/test-rows.ts'
import { afterAll, beforeAll, expect, it } from 'vitest'
import { deliveryWords } from '../shared/delivery-mark.ts'
import { explainMissing, writeBytes, writeFileName } from './media-words.ts'
import { authorOf, previewOf, writeLine } from './message-words.ts'
import { writeMoney } from './order-totals.ts'
import { writeCoordinates } from './place-links.ts'
import { describeReplyWindow } from './reply-window.ts'

const before = getLocale
beforeAll(() => {
  overwriteGetLocale(() => 'id')
})
afterAll(() => {
  overwriteGetLocale(before)
})

it('names what came', () => {
  const preview = { isVoice: true, durationSeconds: 12, name: null }
  expect(writeLine(previewOf({ type: 'audio', text: null, preview }))).toBe('Pesan suara 0:12')
  expect(writeFileName(null)).toBe('Berkas tanpa nama')
  expect(explainMissing(null, 'image').title).toBe('Foto tidak disimpan di sini')
})

it('says who wrote and how far it got', () => {
  const message = makeMessage({ direction: 'outbound', origin: 'cloud_api', authorName: null })
  expect(authorOf(message, 'Rina')).toBe('Dikirim di luar my21staff')
  expect(deliveryWords.delivered()).toBe('Diterima')
})

it('counts down in words of its own', () => {
  const now = Date.parse('2026-03-03T08:00:00Z')
  expect(describeReplyWindow('2026-03-03T11:05:00Z', now)).toMatchObject({ remaining: '3 jam 5 mnt' })
})

it('writes numbers with a comma before their fraction', () => {
  expect(writeBytes(1_234_567)).toBe('1,2 MB')
  expect(writeMoney(8_750_000, 'IDR')).toMatch(/^Rp\s8\.750\.000$/)
  expect(writeCoordinates(-7.7956, 110.3695)).toBe('7,7956° LS, 110,3695° BT')
})
