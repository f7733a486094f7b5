/**
 * The strip of deliveries.
 *
 * @import { DeliveryView } from '../http/view.ts'
 */
import { element } from './dom.js'
import { secondFormat } from './naming.js'

/** @param {DeliveryView} delivery */
function badgeOf(delivery) {
  if (delivery.fault === 'lost') return ['bad', 'lost']
  const answer = delivery.statusCode ?? delivery.error
  if (delivery.status === 'delivered') return ['good', `${answer} ok`]
  if (delivery.status === 'failed') return ['bad', answer === null ? 'given up' : `${answer} given up`]
  return answer === null ? ['warn', 'waiting'] : ['bad', `${answer} retrying`]
}

/** @param {DeliveryView} delivery */
export function buildDelivery(delivery) {
  const [colour = '', label = ''] = badgeOf(delivery)
  const name = delivery.event.replace(/^whatsapp\./, '')
  const code = element('code', '', delivery.batchSize === null ? name : `${name} × ${delivery.batchSize}`)
  const tries = delivery.attempts > 1 ? `try ${delivery.attempts}` : null
  const next = delivery.nextAt === null ? null : `next ${secondFormat.format(delivery.nextAt)}`
  const fault = delivery.fault === 'lose' ? null : delivery.fault
  const who = element('span', 'who', [delivery.customerName, tries, next, fault].filter(Boolean).join(' · '))
  who.dir = 'auto'
  const took = delivery.durationMs === null ? '' : ` · ${delivery.durationMs} ms`
  const when = element('span', 'when', `${secondFormat.format(delivery.at)}${took}`)
  return element('li', 'delivery', code, element('span', `badge ${colour}`, label), who, when)
}
