import type { lookup } from 'node:dns'
import { describe, expect, it } from 'vitest'
import { MediaFailure } from './media-failure.ts'
import { isConnectable, isLoopbackHost, isPublicAddress, makeGuardedLookup } from './public-address.ts'

describe('isPublicAddress', () => {
  it.each(['8.8.8.8', '172.15.255.255', '172.32.0.1', '100.63.0.1', '2606:4700::1111', '2a00:1450::1'])(
    'lets %s through',
    (address) => {
      expect(isPublicAddress(address)).toBe(true)
    },
  )

  it.each([
    '0.0.0.0',
    '10.1.2.3',
    '100.64.0.1',
    '127.0.0.1',
    '127.8.8.8',
    '169.254.169.254',
    '172.16.0.1',
    '172.31.255.255',
    '192.168.1.1',
    '192.0.2.1',
    '198.18.0.1',
    '224.0.0.1',
    '255.255.255.255',
    '::',
    '::1',
    '::ffff:127.0.0.1',
    '::ffff:8.8.8.8',
    '64:ff9b::a9fe:a9fe',
    'fe80::1',
    'fc00::1',
    'fd12:3456::1',
    'ff02::1',
    '2001:db8::1',
    '2002:7f00:1::',
    'localhost',
    '',
  ])('stops %s', (address) => {
    expect(isPublicAddress(address)).toBe(false)
  })
})

describe('isLoopbackHost', () => {
  it('knows this machine as it stands in a URL', () => {
    expect(['localhost', '127.0.0.1', '127.1.2.3', '[::1]'].map(isLoopbackHost)).toEqual([
      true,
      true,
      true,
      true,
    ])
    expect(['10.0.0.1', 'localhost.evil.example', '[fe80::1]', ''].map(isLoopbackHost)).toEqual([
      false,
      false,
      false,
      false,
    ])
  })
})

describe('isConnectable', () => {
  it('looks at hosts that are addresses; names are looked up later', () => {
    expect(isConnectable('app.kapso.ai', false)).toBe(true)
    expect(isConnectable('8.8.8.8', false)).toBe(true)
    expect(isConnectable('10.0.0.1', true)).toBe(false)
    expect(isConnectable('[::1]', false)).toBe(false)
    expect(isConnectable('127.0.0.1', true)).toBe(true)
  })
})

describe('makeGuardedLookup', () => {
  function guard(addresses: string[], mayBeLoopback = false, all = true) {
    const answer = addresses.map((address) => ({ address, family: address.includes(':') ? 6 : 4 }))
    const resolve = ((_name: string, _options: object, callback: (error: null, found: object) => void) => {
      callback(null, answer)
    }) as unknown as typeof lookup
    return new Promise((resolved) => {
      makeGuardedLookup(mayBeLoopback, resolve)('name.example', { all }, (error, found) => {
        resolved(error ?? found)
      })
    })
  }

  it('gives the addresses of a name on to the connection', async () => {
    expect(await guard(['8.8.8.8', '2606:4700::1111'])).toEqual([
      { address: '8.8.8.8', family: 4 },
      { address: '2606:4700::1111', family: 6 },
    ])
    expect(await guard(['8.8.8.8'], false, false)).toBe('8.8.8.8')
    expect(await guard(['127.0.0.1'], true)).toEqual([{ address: '127.0.0.1', family: 4 }])
  })

  it.each([
    ['a name that leads inside', ['10.0.0.5'], false],
    ['one of whose addresses leads inside', ['8.8.8.8', '169.254.169.254'], false],
    ['this machine, where it may not be', ['127.0.0.1'], false],
    ['the network around, where only this machine may be', ['192.168.0.1'], true],
    ['a name without any address', [], false],
  ])('stops %s', async (_, addresses, mayBeLoopback) => {
    const found = await guard(addresses, mayBeLoopback)
    expect(found).toBeInstanceOf(MediaFailure)
    expect(found).toMatchObject({ kind: 'refused', reason: 'address_not_allowed' })
  })
})
