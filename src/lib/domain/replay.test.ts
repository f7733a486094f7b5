import { describe, expect, test } from 'vitest'
import {
  addReports,
  changesNothing,
  emptyReport,
  mostChangesShown,
  mostFailuresShown,
  packReplay,
} from './replay.ts'

describe('batches of a replay', () => {
  test('keep the events of one sender together, in their order', () => {
    const events = [
      { id: 1, subjectKey: '7' },
      { id: 2, subjectKey: '8' },
      { id: 3, subjectKey: '7' },
      { id: 4, subjectKey: '9' },
    ]
    expect(packReplay(events, 2)).toEqual([
      [1, 3],
      [2, 4],
    ])
  })

  test('do not gather what has no sender', () => {
    const events = [1, 2, 3].map((id) => ({ id, subjectKey: '0' }))
    expect(packReplay(events, 2)).toEqual([[1, 2], [3]])
  })

  test('cut a sender whose events are too many for one transaction', () => {
    const events = [1, 2, 3, 4, 5].map((id) => ({ id, subjectKey: '7' }))
    expect(packReplay(events, 2, 3)).toEqual([
      [1, 2, 3],
      [4, 5],
    ])
  })
})

describe('the report', () => {
  const change = { table: 'messages', action: 'insert', id: 'a', columns: {} } as const
  const one = {
    ...emptyReport(),
    events: { selected: 2, replayed: 1, pending: 0, withoutBody: 1, unreadable: 0, recovered: 1 },
    tables: [{ table: 'messages', inserted: 1, updated: 0, deleted: 0 }],
    changes: [change],
    jobs: { 'copy-media': 1 },
  }

  test('adds up over batches', () => {
    const both = addReports(one, {
      ...one,
      tables: [{ table: 'contacts', inserted: 0, updated: 2, deleted: 0 }],
    })
    expect(both.events).toMatchObject({ selected: 4, replayed: 2, withoutBody: 2, recovered: 2 })
    expect(both.tables).toEqual([
      { table: 'contacts', inserted: 0, updated: 2, deleted: 0 },
      { table: 'messages', inserted: 1, updated: 0, deleted: 0 },
    ])
    expect(both.jobs).toEqual({ 'copy-media': 2 })
  })

  test('shows so many rows and counts the rest', () => {
    const many = { ...emptyReport(), changes: Array.from({ length: mostChangesShown }, () => change) }
    const both = addReports(many, addReports(one, one))
    expect(both.changes).toHaveLength(mostChangesShown)
    expect(both.changesLeftOff).toBe(2)
  })

  test('names so many events that fail and counts the rest', () => {
    const failing = (eventId: number) => ({ ...emptyReport(), failures: [{ eventId, cause: 'error' }] })
    const ids = Array.from({ length: mostFailuresShown + 2 }, (_, index) => index + 1)
    const all = ids.map(failing).reduce(addReports)
    expect(all.failures).toHaveLength(mostFailuresShown)
    expect(all.failuresLeftOff).toBe(2)
  })

  test('says whether anything would be written', () => {
    expect(changesNothing(emptyReport())).toBe(true)
    expect(changesNothing(one)).toBe(false)
  })
})
