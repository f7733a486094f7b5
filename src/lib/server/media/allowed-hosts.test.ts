import { describe, expect, it } from 'vitest'
import { createHostRule } from './allowed-hosts.ts'

const production = createHostRule('https://api.kapso.ai', [
  'files.example.com',
  '*.cdn.example.com',
  'other.example:8443',
])
const local = createHostRule('http://127.0.0.1:3210', ['localhost:3210', '[::1]:3210', 'files.example.com'])

describe('createHostRule', () => {
  it.each([
    'https://app.kapso.ai/rails/active_storage/blobs/redirect/x/photo.jpg',
    'https://APP.kapso.ai/x',
    'https://api.kapso.ai:443/x',
    'https://lookaside.fbsbx.com/whatsapp_business/attachments/?mid=1',
    'https://scontent.xx.fbcdn.net/v/t1.jpg',
    'https://files.example.com/x',
    'https://a.cdn.example.com/x',
    'https://other.example:8443/x',
  ])('allows %s', (address) => {
    expect(production.allows(new URL(address))).toBe(true)
  })

  it.each([
    'http://app.kapso.ai/x',
    'https://app.kapso.ai:8443/x',
    'https://app.kapso.ai.evil.example/x',
    'https://evilapp.kapso.ai/x',
    'https://kapso.ai/x',
    'https://fbcdn.net/x',
    'https://evilfbcdn.net/x',
    'https://app.kapso.ai@evil.example/x',
    'https://user:secret@app.kapso.ai/x',
    'https://app.kapso.ai./x',
    'https://cdn.example.com/x',
    'https://other.example/x',
    'https://169.254.169.254/latest/meta-data',
    'http://127.0.0.1:3210/x',
    'ftp://app.kapso.ai/x',
    'file:///etc/passwd',
    'data:text/html,x',
  ])('does not allow %s', (address) => {
    expect(production.allows(new URL(address))).toBe(false)
  })

  it('asks without encryption on this machine only, and only where Kapso is here too', () => {
    const asked = ['http://127.0.0.1:3210/x', 'http://localhost:3210/x', 'http://[::1]:3210/x']
    for (const address of asked) {
      expect(local.allows(new URL(address))).toBe(true)
      expect(local.mayBeLoopback(new URL(address))).toBe(true)
      expect(production.mayBeLoopback(new URL(address))).toBe(false)
    }
    for (const address of [
      'http://127.0.0.1:5432/x',
      'http://127.0.0.2:3210/x',
      'http://files.example.com/x',
    ]) {
      expect(local.allows(new URL(address))).toBe(false)
    }
    expect(local.mayBeLoopback(new URL('https://files.example.com/x'))).toBe(false)
    expect(
      createHostRule('https://api.kapso.ai', ['127.0.0.1:3210']).allows(new URL('http://127.0.0.1:3210/x')),
    ).toBe(false)
  })
})
