import { BlockList, isIP, isIPv4 } from 'node:net'

/**
 * Reads TRUSTED_PROXIES.
 *
 * @param entries addresses (`10.0.0.1`, `::1`) and ranges (`10.0.0.0/8`, `fd00::/8`)
 * @throws Error that names the entry which is neither
 */
export function readTrustedProxies(entries: string[]): BlockList {
  const trusted = new BlockList()
  for (const entry of entries) {
    const [address = '', length, ...rest] = entry.split('/')
    const version = isIP(address)
    const longest = version === 4 ? 32 : 128
    const prefix = length === undefined ? longest : /^\d{1,3}$/.test(length) ? Number(length) : Number.NaN
    if (version === 0 || rest.length > 0 || !(prefix <= longest)) {
      throw new Error(`TRUSTED_PROXIES: "${entry}" is neither an address nor a range`)
    }
    trusted.addSubnet(address, prefix, version === 4 ? 'ipv4' : 'ipv6')
  }
  return trusted
}

/**
 * The address that a request really comes from. Behind trusted proxies it is the last one in X-Forwarded-For that no
 * trusted proxy stands behind: what lies further left was written by the caller and proves nothing.
 *
 * @param remoteAddress the other end of the socket
 * @param forwardedFor the X-Forwarded-For header, `client, proxy, proxy`
 * @returns an address without port; IPv4 in its own form; `unknown` for a socket that is already gone
 */
export function clientAddress(
  remoteAddress: string | undefined,
  forwardedFor: string | null | undefined,
  trusted: BlockList,
): string {
  let address = plainAddress(remoteAddress ?? '')
  if (address === undefined) return 'unknown'
  const hops = forwardedFor ? forwardedFor.split(',') : []
  while (isTrusted(address, trusted)) {
    const next = hops.pop()
    if (next === undefined) break
    const before = plainAddress(next.trim())
    if (before === undefined) break
    address = before
  }
  return address
}

/**
 * What counts as one caller for limits: an IPv4 address, or the /64 network of an IPv6 address, since one household
 * holds all of it.
 */
export function addressGroup(address: string): string {
  if (isIP(address) !== 6) return address
  const [head = '', tail] = address.split('::')
  const start = head === '' ? [] : head.split(':')
  const end = tail === undefined || tail === '' ? [] : tail.split(':')
  const zeros =
    tail === undefined ? [] : new Array<string>(Math.max(0, 8 - start.length - end.length)).fill('0')
  const groups = [...start, ...zeros, ...end]
    .slice(0, 4)
    .map((group) => Number.parseInt(group, 16).toString(16))
  return `${groups.join(':')}::/64`
}

function isTrusted(address: string, trusted: BlockList): boolean {
  return trusted.check(address, isIPv4(address) ? 'ipv4' : 'ipv6')
}

/** Without brackets, port, zone and IPv4-mapping; undefined when that is no address. */
function plainAddress(text: string): string | undefined {
  const bracketed = /^\[([^\]]+)\](?::\d+)?$/.exec(text)?.[1]
  const withoutPort =
    bracketed ?? (/^\d+\.\d+\.\d+\.\d+:\d+$/.test(text) ? text.slice(0, text.indexOf(':')) : text)
  const withoutZone = withoutPort.split('%')[0] ?? ''
  const mapped = /^::ffff:(\d+\.\d+\.\d+\.\d+)$/i.exec(withoutZone)?.[1]
  const address = mapped ?? withoutZone
  return isIP(address) === 0 ? undefined : address
}
