import { expect, test } from 'vitest'
import { describeCause } from './failure-cause.ts'

function readNothing(): void {
  throw new TypeError('cannot read +12025550123')
}

function catchFrom(run: () => void): unknown {
  try {
    run()
  } catch (error) {
    return error
  }
  return undefined
}

test('an error of ours is told by its class, its function and its file', () => {
  expect(describeCause(catchFrom(readNothing))).toBe('TypeError in readNothing (failure-cause.test.ts)')
})

test('an error of Postgres is told by its code and what was violated', () => {
  const violation = Object.assign(new Error('Key (phone)=(+12025550123) already exists'), {
    code: '23505',
    constraint: 'contact_identities_workspace_id_phone_normalized_key',
  })
  expect(describeCause(violation)).toBe('Error 23505 contact_identities_workspace_id_phone_normalized_key')
  expect(describeCause(Object.assign(new Error('no'), { code: '22000' }))).toBe('Error 22000')
})

test('what is no error, or knows no place, has a cause all the same', () => {
  expect(describeCause('+12025550123')).toBe('string')
  const placeless = new RangeError('x')
  placeless.stack = 'RangeError: x'
  expect(describeCause(placeless)).toBe('RangeError')
})
