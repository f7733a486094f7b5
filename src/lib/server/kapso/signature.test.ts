import { expect, test } from 'vitest'
import { signatureKey, verifySignature } from './signature.ts'

const body = Buffer.from('hello')
const signature = '9307b3b915efb5171ff14d8cb55fbcc798c6c0ef1456d66ded1a6aa723a58b7b'

test("accepts Kapso's signature of the raw bytes", () => {
  expect(verifySignature(body, signature, [signatureKey('key')])).toBe(true)
})

test('accepts either of two live secrets', () => {
  expect(verifySignature(body, signature, ['new', 'key'].map(signatureKey))).toBe(true)
  expect(verifySignature(body, signature, ['key', 'old'].map(signatureKey))).toBe(true)
})

test('accepts upper case and the sha256= prefix', () => {
  expect(verifySignature(body, `sha256=${signature.toUpperCase()}`, [signatureKey('key')])).toBe(true)
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
  expect(verifySignature(body, header, [signatureKey('key')])).toBe(false)
})

test('refuses a changed body, another secret and no secret at all', () => {
  expect(verifySignature(Buffer.from('hello '), signature, [signatureKey('key')])).toBe(false)
  expect(verifySignature(body, signature, [signatureKey('kex')])).toBe(false)
  expect(verifySignature(body, signature, [])).toBe(false)
})
