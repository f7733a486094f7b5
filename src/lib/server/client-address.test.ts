import { describe, expect, it } from 'vitest'
import { addressGroup, clientAddress, readTrustedProxies } from './client-address.ts'

const none = readTrustedProxies([])
const proxies = readTrustedProxies(['10.0.0.0/8', '192.0.2.7', 'fd00::/8'])

describe('clientAddress', () => {
  it('believes nobody who is not trusted', () => {
    expect(clientAddress('203.0.113.9', '198.51.100.1', none)).toBe('203.0.113.9')
    expect(clientAddress('203.0.113.9', '198.51.100.1', proxies)).toBe('203.0.113.9')
  })

  it('takes what a trusted proxy reports', () => {
    expect(clientAddress('10.1.2.3', '198.51.100.1', proxies)).toBe('198.51.100.1')
  })

  it('walks back over several trusted proxies and stops at the first that is not', () => {
    expect(clientAddress('10.1.2.3', '1.1.1.1, 198.51.100.1, 192.0.2.7, 10.9.9.9', proxies)).toBe(
      '198.51.100.1',
    )
  })

  it('does not let a caller choose its address by sending the header itself', () => {
    expect(clientAddress('10.1.2.3', '10.0.0.66, 198.51.100.1', proxies)).toBe('198.51.100.1')
  })

  it('takes the outermost proxy when all of them are trusted', () => {
    expect(clientAddress('10.1.2.3', '10.0.0.1, 10.0.0.2', proxies)).toBe('10.0.0.1')
    expect(clientAddress('10.1.2.3', null, proxies)).toBe('10.1.2.3')
  })

  it('stops at what is no address', () => {
    expect(clientAddress('10.1.2.3', '198.51.100.1, unknown, 10.0.0.2', proxies)).toBe('10.0.0.2')
    expect(clientAddress('10.1.2.3', '', proxies)).toBe('10.1.2.3')
  })

  it('sees through IPv4-mapped addresses, brackets, ports and zones', () => {
    expect(clientAddress('::ffff:10.1.2.3', '198.51.100.1:4711', proxies)).toBe('198.51.100.1')
    expect(clientAddress('fd12::1', '[2001:db8::1]:443', proxies)).toBe('2001:db8::1')
    expect(clientAddress('fe80::1%eth0', undefined, proxies)).toBe('fe80::1')
  })

  it('has a word for a socket that is gone', () => {
    expect(clientAddress(undefined, '198.51.100.1', proxies)).toBe('unknown')
  })
})

describe('readTrustedProxies', () => {
  it('names an entry that it cannot read', () => {
    for (const entry of [
      'proxy.example',
      '10.0.0.0/33',
      '10.0.0.0/',
      '10.0.0.0/8/8',
      'fd00::/129',
      '10.0.0/8',
    ]) {
      expect(() => readTrustedProxies([entry])).toThrow(`"${entry}"`)
    }
  })

  it('honours the length of a range', () => {
    const narrow = readTrustedProxies(['10.0.0.0/30'])
    expect(clientAddress('10.0.0.3', '198.51.100.1', narrow)).toBe('198.51.100.1')
    expect(clientAddress('10.0.0.4', '198.51.100.1', narrow)).toBe('10.0.0.4')
  })
})

describe('addressGroup', () => {
  it('keeps IPv4 addresses apart and takes an IPv6 network together', () => {
    expect(addressGroup('198.51.100.1')).toBe('198.51.100.1')
    expect(addressGroup('2001:db8:1:2:3:4:5:6')).toBe('2001:db8:1:2::/64')
    expect(addressGroup('2001:db8:1:2::1')).toBe('2001:db8:1:2::/64')
    expect(addressGroup('2001:db8::1')).toBe('2001:db8:0:0::/64')
    expect(addressGroup('::1')).toBe('0:0:0:0::/64')
  })
})
