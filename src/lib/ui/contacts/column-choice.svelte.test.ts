import { describe, expect, it } from 'vitest'
import { ColumnChoice, mostColumns } from './column-choice.svelte.ts'

const fieldId = '0199aaaa-0000-7000-8000-000000000001'

describe('ColumnChoice', () => {
  it('shows columns in one order, whichever was chosen first, custom fields before the times', () => {
    const columns = new ColumnChoice('toko')
    columns.toggle(`field:${fieldId}`)
    columns.toggle('email')
    expect(columns.order([fieldId])).toEqual([
      'address',
      'email',
      'owner',
      'labels',
      'lead',
      `field:${fieldId}`,
      'activity',
    ])
  })

  it('leaves out a field that is gone', () => {
    const columns = new ColumnChoice('toko')
    columns.toggle(`field:${fieldId}`)
    expect(columns.order([])).not.toContain(`field:${fieldId}`)
  })

  it('takes a column off again, and no more than have room', () => {
    const columns = new ColumnChoice('toko')
    columns.toggle('owner')
    expect(columns.chosen).not.toContain('owner')
    for (const number of [1, 2, 3, 4, 5]) columns.toggle(`field:${fieldId.slice(0, -1)}${String(number)}`)
    expect(columns.chosen).toHaveLength(mostColumns)
  })
})
