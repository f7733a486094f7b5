/**
 * How moments, spans and addresses are written.
 *
 * @import { CustomerView } from '../http/view.ts'
 */

export const timeFormat = new Intl.DateTimeFormat('en-GB', { hour: '2-digit', minute: '2-digit' })
export const secondFormat = new Intl.DateTimeFormat('en-GB', {
  hour: '2-digit',
  minute: '2-digit',
  second: '2-digit',
})
const dayFormat = new Intl.DateTimeFormat('en-GB', { weekday: 'long', day: 'numeric', month: 'long' })
const shortDayFormat = new Intl.DateTimeFormat('en-GB', { day: 'numeric', month: 'short' })
const dayMs = 86_400_000

/** @param {number} at @param {number} now */
export function nameDay(at, now) {
  const day = new Date(at).toDateString()
  if (day === new Date(now).toDateString()) return 'Today'
  if (day === new Date(now - dayMs).toDateString()) return 'Yesterday'
  return dayFormat.format(at)
}

/** @param {number} at @param {number} now */
export function nameMoment(at, now) {
  const isToday = new Date(at).toDateString() === new Date(now).toDateString()
  return isToday ? timeFormat.format(at) : shortDayFormat.format(at)
}

/** @param {number} milliseconds */
export function nameSpan(milliseconds) {
  const minutes = Math.max(1, Math.round(milliseconds / 60_000))
  return minutes < 60 ? `${minutes} min` : `${Math.floor(minutes / 60)} h ${minutes % 60} min`
}

/** Groups the digits of a number so that one can read it. @param {string} phone */
function spellPhone(phone) {
  const [, country = '', rest = ''] =
    /^\+(1|7|2[07]|3[0-46]|39|4[013-9]|5[1-8]|6[0-6]|8[1246]|9[0-58]|\d{3})(.*)$/.exec(phone) ?? []
  const groups = /^(\d{3})(\d{3,4})(\d+)$/.exec(rest)
  return groups ? `+${country} ${groups.slice(1).join(' ')}` : phone
}

/** @param {CustomerView} customer */
export function describeAddress(customer) {
  const username = customer.username ? `@${customer.username}` : null
  const phone = customer.phone ? spellPhone(customer.phone) : null
  return [phone, username, phone ? null : 'number hidden'].filter(Boolean).join(' · ')
}
