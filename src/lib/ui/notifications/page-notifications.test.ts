import { expect, it } from 'vitest'
import { defaultNotificationSettings, type NotificationSettings } from '#lib/domain/notifications.ts'
import { isWanted, type PageNews } from './page-notifications.ts'

const message: PageNews = {
  kind: 'message',
  tag: 'c1',
  contactName: 'Ibu Melati',
  words: 'Halo',
  path: '/w/kebun/inbox/c1',
  owner: 'nobody',
  isOnline: true,
}
const noon = new Date('2026-03-03T05:00:00Z')

function wants(settings: Partial<NotificationSettings>, news: Partial<PageNews> = {}): boolean {
  return isWanted(
    { ...defaultNotificationSettings, ...settings },
    'Asia/Jakarta',
    { ...message, ...news },
    noon,
  )
}

it.each([
  ['all', ['mine', 'nobody', 'colleague']],
  ['mine_and_unassigned', ['mine', 'nobody']],
  ['mine', ['mine']],
  ['none', []],
] as const)('tells of new messages in %s: %j', (newMessages, expected) => {
  const owners = ['mine', 'nobody', 'colleague'] as const
  expect(owners.filter((owner) => wants({ newMessages }, { owner }))).toEqual(expected)
})

it('tells of no message while the member is away, but of mentions', () => {
  expect(wants({}, { isOnline: false })).toBe(false)
  expect(wants({}, { kind: 'mention' })).toBe(true)
  expect(wants({ mentions: false }, { kind: 'mention' })).toBe(false)
  expect(wants({ assignments: false }, { kind: 'assigned' })).toBe(false)
})

it('tells of nothing in quiet hours, by the workspace’s clock', () => {
  const quietHours = { from: '11:00', until: '13:00' }
  for (const kind of ['message', 'mention', 'assigned'] as const)
    expect(wants({ quietHours }, { kind })).toBe(false)
  expect(wants({ quietHours: { from: '04:00', until: '06:00' } })).toBe(true)
})
