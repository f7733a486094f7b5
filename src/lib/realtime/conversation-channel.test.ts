import { expect, it } from 'vitest'
import { conversationTopic, readWatchers } from './conversation-channel.ts'

it('names the topic that the policies of Realtime know', () => {
  expect(conversationTopic('c1')).toBe('conversation:c1')
})

it('counts a person with two tabs once, and leaves out what no browser of ours would tell', () => {
  expect(
    readWatchers({
      a: [{ userId: 'u1', presence_ref: '1' }],
      b: [{ userId: 'u1', presence_ref: '2' }],
      c: [{ userId: 'u2', name: 'Budi' }, null, 'Cici', { userId: 3 }, { name: 'Euis' }],
    }),
  ).toEqual(['u1', 'u2'])
})
