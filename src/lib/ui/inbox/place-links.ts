import { m } from '#lib/i18n/generated/messages.js'
import { getLocale } from '#lib/i18n/generated/runtime.js'

/** A place on a map that people know, opened only when they ask for it. */
export function mapHref(latitude: number, longitude: number): string {
  return `https://www.google.com/maps/search/?api=1&query=${String(latitude)},${String(longitude)}`
}

/** `7.7956° S, 110.3695° E` */
export function writeCoordinates(latitude: number, longitude: number): string {
  const digits = { minimumFractionDigits: 4, maximumFractionDigits: 4 }
  const write = (value: number) => ({ degrees: Math.abs(value).toLocaleString(getLocale(), digits) })
  const parts = [
    (latitude < 0 ? m.message_degrees_south : m.message_degrees_north)(write(latitude)),
    (longitude < 0 ? m.message_degrees_west : m.message_degrees_east)(write(longitude)),
  ]
  return parts.join(', ')
}

/** An address that may stand in a link: http and https only. */
export function safeHref(address: string | null): string | null {
  if (address === null || !URL.canParse(address)) return null
  const { protocol, href } = new URL(address)
  return protocol === 'https:' || protocol === 'http:' ? href : null
}

/** `tel:` with nothing but digits and a plus; null where no number remains. */
export function telephoneHref(number: string): string | null {
  const digits = number.replace(/\D/g, '')
  return digits.length < 3 ? null : `tel:${number.trim().startsWith('+') ? '+' : ''}${digits}`
}
