import { isLoopbackHost } from './public-address.ts'

/** Where Kapso and WhatsApp keep files (Kapso docs: media; Meta's own content hosts). */
const knownHosts = ['app.kapso.ai', 'api.kapso.ai', 'lookaside.fbsbx.com', '*.fbcdn.net']

/** Decides where a file may be asked for. */
export interface HostRule {
  /** Of every address before it is asked, redirects too. */
  allows(url: URL): boolean
  /** Whether this host may lie on this machine: only where Kapso itself does, as the simulator. */
  mayBeLoopback(url: URL): boolean
}

/**
 * @param kapsoApiUrl its host is allowed; where it lies on this machine, so may the other hosts named here
 * @param moreHosts `files.example.com`, `*.example.com` or with a port; https and its own port otherwise
 */
export function createHostRule(kapsoApiUrl: string, moreHosts: string[]): HostRule {
  const api = new URL(kapsoApiUrl)
  const isLocal = isLoopbackHost(api.hostname)
  const hosts = [...knownHosts, ...moreHosts, api.host].map((host) => host.toLowerCase())

  const mayBeLoopback = (url: URL) => isLocal && isLoopbackHost(url.hostname)
  return {
    mayBeLoopback,
    allows(url) {
      if (url.protocol !== 'https:' && !(url.protocol === 'http:' && mayBeLoopback(url))) return false
      // A name and password in an address have no business here, and hide where it leads from a hasty reader.
      if (url.username !== '' || url.password !== '') return false
      return hosts.some((host) => matches(url.host, host))
    },
  }
}

/** Both with a port unless it is the protocol's own. */
function matches(host: string, pattern: string): boolean {
  return pattern.startsWith('*.') ? host.endsWith(pattern.slice(1)) : host === pattern
}
