import { describe, expect, it } from 'vitest'
import { Selection } from './selection.svelte.ts'

describe('Selection', () => {
  const rows = ['a', 'b', 'c', 'd', 'e']

  it('holds what was chosen in the order of the list', () => {
    const selection = new Selection(() => rows)
    selection.toggle('d')
    selection.toggle('b')
    expect(selection.ids).toEqual(['b', 'd'])
    selection.toggle('d')
    expect(selection.ids).toEqual(['b'])
  })

  it('chooses a stretch from the row touched last, upwards and downwards', () => {
    const selection = new Selection(() => rows)
    selection.toggle('b')
    selection.extendTo('d')
    expect(selection.ids).toEqual(['b', 'c', 'd'])
    selection.clear()
    selection.toggle('e')
    selection.extendTo('c')
    expect(selection.ids).toEqual(['c', 'd', 'e'])
  })

  it('takes the row alone where nothing was touched before', () => {
    const selection = new Selection(() => rows)
    selection.extendTo('c')
    expect(selection.ids).toEqual(['c'])
  })

  it('chooses all, then none', () => {
    const selection = new Selection(() => rows)
    selection.toggle('a')
    selection.toggleAll()
    expect(selection.isAll).toBe(true)
    selection.toggleAll()
    expect(selection.size).toBe(0)
  })

  it('forgets what has left the list', () => {
    let left = rows
    const selection = new Selection(() => left)
    selection.toggleAll()
    left = ['b', 'x']
    expect(new Selection(() => left).isAll).toBe(false)
    expect(selection.has('x')).toBe(false)
  })
})
