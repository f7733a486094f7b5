import { expect, test } from 'vitest'
import { describeStuckReason } from './ingestion-words.ts'

test.each([
  ['failed', 'error 23505', 'It could not be stored, although it was tried several times.'],
  ['quarantined', 'unknown_phone_number', 'It is for a WhatsApp number that this workspace does not have.'],
  ['quarantined', 'not_readable: TypeError', 'Reading it failed. A newer version may read it.'],
  ['quarantined', 'invented_later', 'Something that it needs is missing or malformed.'],
] as const)('%s for %s is told in words', (status, reason, expected) => {
  expect(describeStuckReason(status, reason)).toBe(expected)
})
