import { isLoopbackHost } from '../media/public-address.ts'

/** Push services of the browsers (their own documents: Firebase Cloud Messaging, Mozilla Autopush, Apple, Windows). */
const knownHosts = [
  'fcm.googleapis.com',
  '*.push.services.mozilla.com',
  '*.push.apple.com',
  '*.notify.windows.com',
]

/**
 * Whether a browser may be rung at this address. It comes from the browser, so it could name any host: only known push
 * services are asked.
 *
 * @param moreHosts `push.example.com`, `*.example.com` or with a port; on this machine http will do
 */
export function isPushEndpoint(endpoint: string, moreHosts: readonly string[]): boolean {
  const url = URL.parse(endpoint)
  if (url === null || url.username !== '' || url.password !== '') return false
  const host = url.host.toLowerCase()
  const isNamed = moreHosts.some((name) => matches(host, name.toLowerCase()))
  if (url.protocol === 'http:') return isNamed && isLoopbackHost(url.hostname)
  return url.protocol === 'https:' && (isNamed || knownHosts.some((name) => matches(host, name)))
}

/** Both with a port unless it is the protocol's own. */
function matches(host: string, pattern: string): boolean {
  return pattern.startsWith('*.') ? host.endsWith(pattern.slice(1)) : host === pattern
}
