import { expect, test } from 'vitest'
import { createBlocks, membersOf } from './blocks.ts'
import { prepareContact } from './prepare.ts'
import { makeContact } from './test-contacts.ts'

function pairsOf(emails: string[]): string[] {
  const blocks = createBlocks()
  emails.forEach((email, at) => {
    blocks.add(prepareContact(makeContact(String(at), { name: 'Budi Santoso', emails: [email] }), 'ID'), at)
  })
  return [...new Set([...blocks.takePairs()].map((pair) => membersOf(pair).join(' ')))]
}

test('a block of few is compared all with all', () => {
  expect(pairsOf(['a1@example.com', 'a2@example.com', 'a3@example.com']).sort()).toEqual([
    '0 1',
    '0 2',
    '1 2',
  ])
})

test('a block of many is compared where a second thing is shared, and with its neighbours', () => {
  const emails = Array.from({ length: 200 }, (_value, at) => `m${String(at)}@example.com`)
  const shared = emails.with(5, 'abc@example.com').with(150, 'abc@example.org')
  expect(pairsOf(shared)).toContain('5 150')
  expect(pairsOf(emails)).not.toContain('5 150')
  expect(pairsOf(shared).length).toBeLessThan(250)
})
