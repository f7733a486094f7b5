import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import {
  closesSoon,
  inboxViews,
  isSameFilter,
  leadStatuses,
  listSorts,
  readListFilter,
  readListSort,
  writeListFilter,
} from './inbox-views.ts'
import { listFilterSchema } from './list-filter-schema.ts'
import { preferencesChangeSchema, memberPreferencesSchema } from './member-preferences-schema.ts'
import { defaultPreferences } from './member-preferences.ts'

const optional = <Value>(arbitrary: fc.Arbitrary<Value>) => fc.option(arbitrary, { nil: undefined })
const filters = fc.record(
  {
    view: fc.constantFrom(...inboxViews),
    channelId: fc.uuid(),
    labelId: fc.uuid(),
    assigneeId: fc.oneof(fc.constant('none'), fc.uuid()),
    teamId: fc.uuid(),
    leadStatus: fc.constantFrom(...leadStatuses),
    unread: fc.constant(true),
  },
  { requiredKeys: ['view'] },
)

describe('a list in an address', () => {
  test('is read as it was written, and can be kept', () => {
    fc.assert(
      fc.property(filters, optional(fc.constantFrom(...listSorts)), (filter, sort) => {
        const query = new URLSearchParams(writeListFilter(filter, sort).toString())
        expect(readListFilter(query)).toEqual(filter)
        expect(readListSort(query)).toBe(sort)
        expect(listFilterSchema.parse(filter)).toEqual(filter)
      }),
    )
  })

  test('shows the open conversations where it says nothing readable', () => {
    expect(readListFilter(new URLSearchParams('view=nonsense&label=1&lead=rich&unread=yes'))).toEqual({
      view: 'open',
    })
    expect(readListSort(new URLSearchParams('sort=random'))).toBeUndefined()
  })

  test('is the same whatever stands in it as not narrowed', () => {
    expect(isSameFilter({ view: 'open' }, { view: 'open', unread: false, labelId: undefined })).toBe(true)
    expect(isSameFilter({ view: 'open' }, { view: 'open', unread: true })).toBe(false)
  })
})

test.each([
  [null, false],
  ['2026-03-03T08:00:00.000Z', false],
  ['2026-03-03T08:00:00.001Z', true],
  ['2026-03-03T10:00:00.000Z', true],
  ['2026-03-03T10:00:00.001Z', false],
])('a window that ends at %s closes soon at eight: %s', (windowClosesAt, expected) => {
  expect(closesSoon(windowClosesAt, new Date('2026-03-03T08:00:00.000Z'))).toBe(expected)
})

describe('preferences', () => {
  test('have defaults, also for what can no longer be read', () => {
    expect(memberPreferencesSchema.parse({})).toEqual(defaultPreferences)
    expect(memberPreferencesSchema.parse({ density: 'tiny', undoSeconds: 3, more: 1 })).toEqual({
      ...defaultPreferences,
      undoSeconds: 3,
    })
    expect(memberPreferencesSchema.parse('nonsense')).toEqual(defaultPreferences)
  })

  test('are changed in part, by known values alone', () => {
    expect(preferencesChangeSchema.parse({ density: 'compact' })).toEqual({ density: 'compact' })
    expect(preferencesChangeSchema.safeParse({ undoSeconds: 4 }).success).toBe(false)
    expect(preferencesChangeSchema.safeParse({ admin: true }).success).toBe(false)
  })
})
