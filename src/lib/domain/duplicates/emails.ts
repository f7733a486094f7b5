const dotless = new Set(['gmail.com', 'googlemail.com'])
/** Providers that deliver `name+shop@` to `name@`; elsewhere a plus may be part of somebody's address. */
const tagging = new Set([
  'gmail.com',
  'googlemail.com',
  'outlook.com',
  'hotmail.com',
  'live.com',
  'icloud.com',
  'me.com',
  'fastmail.com',
  'proton.me',
  'protonmail.com',
  'zoho.com',
])

/** The mailbox that an address means, in one spelling; null for what is no address. */
export function normalizeEmail(typed: string): string | null {
  const address = typed
    .normalize('NFKC')
    .replace(/[\p{Cf}\s]/gu, '')
    .replace(/^mailto:/i, '')
    .toLowerCase()
  const parts = /^([^@]{1,64})@([^@]+\.[^@.]{2,})$/.exec(address)
  if (parts?.[1] === undefined || parts[2] === undefined) return null
  const host = parts[2] === 'googlemail.com' ? 'gmail.com' : parts[2]
  const untagged = tagging.has(host) ? parts[1].replace(/\+.*$/, '') : parts[1]
  const box = dotless.has(host) ? untagged.replaceAll('.', '') : untagged
  return box === '' ? null : `${box}@${host}`
}
