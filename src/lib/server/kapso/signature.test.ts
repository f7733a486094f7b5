import { expect, test } from 'vitest'
import { findSigner, signatureKey } from './signature.ts'

const body = Buffer.from('hello')
const signature = '9307b3b915efb5171ff14d8cb55fbcc798c6c0ef1456d66ded1a6aa723a58b7b'

const secretOf = (id: string) => ({ id, key: signatureKey(id) })
const signerOf = (header: string | undefined, secrets: string[], bytes = body) =>
  findSigner(bytes, header, secrets.map(secretOf))?.id

test("accepts Kapso's signature of the raw bytes", () => {
  expect(signerOf(signature, ['key'])).toBe('key')
})

test('accepts either of two live secrets, and says which', () => {
  expect(signerOf(signature, ['new', 'key'])).toBe('key')
  expect(signerOf(signature, ['key', 'old'])).toBe('key')
})

test('takes the first of secrets that are the same', () => {
  const [newer, older] = [secretOf('key'), secretOf('key')]
  expect(findSigner(body, signature, [newer, older])).toBe(newer)
})

test('accepts upper case and the sha256= prefix', () => {
  expect(signerOf(`sha256=${signature.toUpperCase()}`, ['key'])).toBe('key')
})

test.each([
  undefined,
  '',
  'zz',
  signature.slice(1),
  `${signature}00`,
  signature.replace('9', '8'),
  'sha256=',
])('refuses %j', (header) => {
  expect(signerOf(header, ['key'])).toBeUndefined()
})

test('refuses a changed body, another secret and no secret at all', () => {
  expect(signerOf(signature, ['key'], Buffer.from('hello '))).toBeUndefined()
  expect(signerOf(signature, ['kex'])).toBeUndefined()
  expect(signerOf(signature, [])).toBeUndefined()
})
