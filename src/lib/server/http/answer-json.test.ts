import { getLocale, overwriteGetLocale } from '#lib/i18n/generated/runtime.js'
import { afterEach, expect, it } from 'vitest'
import { NotFound } from '../../domain/not-found.ts'
import { RuleViolation } from '../../domain/rule-violation.ts'
import { answerJson } from './answer-json.ts'

const before = getLocale
afterEach(() => {
  overwriteGetLocale(before)
})

const refuse = async (error: Error, own?: Parameters<typeof answerJson>[1]) => {
  overwriteGetLocale(() => 'id')
  const answer = await answerJson(() => Promise.reject(error), own)
  return { status: answer.status, ...((await answer.json()) as object) }
}

it('tells members in their language what was refused, whatever the rule says to programmers', async () => {
  expect(await refuse(new RuleViolation('too_many_views', 'You can keep 50 views at most.'))).toEqual({
    status: 422,
    code: 'too_many_views',
    message: 'Jumlah tampilan Anda sudah paling banyak. Hapus salah satu terlebih dahulu.',
  })
  expect(await refuse(new NotFound('conversation_joined', 'Part of another one', 'c2'))).toEqual({
    status: 404,
    code: 'conversation_joined',
    message: 'Percakapan ini sudah tidak ada, atau Anda tidak dapat melihatnya lagi.',
    into: 'c2',
  })
})

it('tells no English of a code that nobody has words for', async () => {
  expect(await refuse(new RuleViolation('so_new', 'In English'))).toMatchObject({
    message: 'Ini tidak diterima.',
  })
})

it('tells what holds in one place only, where it is asked to', async () => {
  const own = { text_length: () => 'Terlalu panjang' }
  expect(await refuse(new RuleViolation('text_length', ''), own)).toMatchObject({
    message: 'Terlalu panjang',
  })
})
