const whatsAppHosts = ['wa.me', 'www.wa.me', 'api.whatsapp.com', 'web.whatsapp.com', 'www.whatsapp.com']

/**
 * The number of a link that opens a chat or a call: `wa.me/62…`, `api.whatsapp.com/send?phone=62…`, `whatsapp://send`,
 * `tel:+62…`. Such links always hold international numbers.
 *
 * @returns the number as the link has it; null where the link has none; undefined for what is no such link
 */
export function readPhoneLink(text: string): string | null | undefined {
  const telephone = /^tel:([^;?]*)/i.exec(text)?.[1]
  if (telephone !== undefined) return orNull(telephone)
  if (!/^whatsapp:\/\/send|^(?:https?:\/\/)?[\w.]+\.(?:me|com)\//i.test(text)) return undefined
  const address = text.replace(/^whatsapp:\/\//i, 'https://api.whatsapp.com/')
  const whole = /^https?:\/\//i.test(address) ? address : `https://${address}`
  if (!URL.canParse(whole)) return undefined
  const url = new URL(whole)
  if (!whatsAppHosts.includes(url.hostname)) return undefined
  // A plus in a query means a space.
  const given = url.searchParams.get('phone') ?? url.pathname.split('/')[1] ?? ''
  return orNull(given.replace(/%2B|%20/gi, ''))
}

function orNull(text: string): string | null {
  return /\d/.test(text) ? text.trim() : null
}
