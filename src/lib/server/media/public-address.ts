import { lookup as resolve } from 'node:dns'
import { BlockList, isIP, isIPv6, type LookupFunction } from 'node:net'
import { MediaFailure } from './media-failure.ts'

const loopback = new BlockList()
loopback.addSubnet('127.0.0.0', 8)
loopback.addAddress('::1', 'ipv6')

/** What is no public address (IANA's registries of special-purpose addresses). */
const reserved = new BlockList()
for (const [address, prefix] of [
  ['0.0.0.0', 8],
  ['10.0.0.0', 8],
  ['100.64.0.0', 10],
  ['127.0.0.0', 8],
  ['169.254.0.0', 16],
  ['172.16.0.0', 12],
  ['192.0.0.0', 24],
  ['192.0.2.0', 24],
  ['192.88.99.0', 24],
  ['192.168.0.0', 16],
  ['198.18.0.0', 15],
  ['198.51.100.0', 24],
  ['203.0.113.0', 24],
  ['224.0.0.0', 4],
  ['240.0.0.0', 4],
] as const) {
  reserved.addSubnet(address, prefix)
}

/** Of IPv6 only the global unicast space is public, without what leads to IPv4 by translation or tunnels. */
const globalUnicast = new BlockList()
globalUnicast.addSubnet('2000::', 3, 'ipv6')
const reservedInside = new BlockList()
for (const [address, prefix] of [
  ['2001::', 23],
  ['2001:db8::', 32],
  ['2002::', 16],
  ['3fff::', 20],
] as const) {
  reservedInside.addSubnet(address, prefix, 'ipv6')
}

/** Whether an IP address can only belong to a host of the open internet. */
export function isPublicAddress(address: string): boolean {
  if (isIPv6(address)) return globalUnicast.check(address, 'ipv6') && !reservedInside.check(address, 'ipv6')
  return isIP(address) === 4 && !reserved.check(address)
}

function isLoopbackAddress(address: string): boolean {
  return loopback.check(address, isIPv6(address) ? 'ipv6' : 'ipv4')
}

/** `localhost` and the addresses of this machine, as they stand in a URL. */
export function isLoopbackHost(hostname: string): boolean {
  const host = hostname.replace(/^\[|\]$/g, '')
  return host === 'localhost' || (isIP(host) !== 0 && isLoopbackAddress(host))
}

/**
 * Resolves a host to addresses that may be connected to, and gives up when one of them may not: a name can lead
 * anywhere, and to another place each time. To be given to the connection itself, so that what was checked is what is
 * used.
 *
 * @param mayBeLoopback lets addresses of this machine through too
 */
export function makeGuardedLookup(mayBeLoopback: boolean, lookup: typeof resolve = resolve): LookupFunction {
  return (hostname, options, callback) => {
    lookup(hostname, { ...options, all: true }, (error, addresses) => {
      if (error) {
        callback(error, [])
        return
      }
      const isAllowed = addresses.every(
        ({ address }) => isPublicAddress(address) || (mayBeLoopback && isLoopbackAddress(address)),
      )
      const [first] = addresses
      if (!isAllowed || first === undefined)
        callback(new MediaFailure('refused', 'address_not_allowed', hostname), [])
      else if (options.all === true) callback(null, addresses)
      else callback(null, first.address, first.family)
    })
  }
}

/** The same for a host that is an address itself, for which no name is looked up. */
export function isConnectable(hostname: string, mayBeLoopback: boolean): boolean {
  const host = hostname.replace(/^\[|\]$/g, '')
  return isIP(host) === 0 || isPublicAddress(host) || (mayBeLoopback && isLoopbackAddress(host))
}
