import type { DeliveryFault } from '../faults.ts'
import type { Simulation } from '../simulation.ts'
import type { Delivery } from '../world.ts'
import { garble } from './malformed.ts'

function addCopies(
  { identifiers, clock }: Simulation,
  delivery: Delivery,
  fault: Extract<DeliveryFault, { kind: 'duplicate' }>,
): Delivery[] {
  return Array.from({ length: fault.copies }, (_, place) => {
    const id = identifiers.uuid('copy', delivery.id, fault.id, place)
    const wait = fault.spreadMs * identifiers.fraction('spread', id)
    return {
      ...delivery,
      id,
      idempotencyKey: fault.newKey ? id : delivery.idempotencyKey,
      ...(fault.spreadMs > 0 ? { notBefore: clock.now() + wait, lane: null } : {}),
      attempts: [],
    }
  })
}

/**
 * Does to a delivery what its faults say, in their order.
 * @returns the copies to send besides, and whether the delivery never leaves
 */
export function strikeDelivery(
  simulation: Simulation,
  delivery: Delivery,
  faults: DeliveryFault[],
): { copies: Delivery[]; isLost: boolean; shuffle: Extract<DeliveryFault, { kind: 'shuffle' }> | null } {
  const { identifiers, clock } = simulation
  let copies: Delivery[] = []
  let shuffle: Extract<DeliveryFault, { kind: 'shuffle' }> | null = null
  const effects = (delivery.effects ??= {})
  for (const fault of faults) {
    delivery.fault = fault.kind
    switch (fault.kind) {
      case 'lose':
        return { copies: [], isLost: true, shuffle: null }
      case 'malformed': {
        const { body, encoding } = garble(delivery.body, fault.form, identifiers, delivery.id)
        delivery.body = body
        if (encoding) effects.encoding = encoding
        break
      }
      case 'delay':
      case 'reorder':
        delivery.notBefore = clock.now() + fault.delayMs
        if (fault.kind === 'reorder') delivery.lane = null
        break
      case 'shuffle':
        delivery.lane = null
        shuffle = fault
        break
      case 'duplicate':
        copies = [...copies, ...addCopies(simulation, delivery, fault)]
        break
      case 'bad_signature':
        effects.signature = fault.signature
        break
      case 'unreachable':
        effects.unreachableTries = fault.tries ?? 1_000_000
        break
      case 'lost_answer':
        effects.lostAnswers = fault.tries
        break
      case 'cut_off':
        effects.isCutOff = true
        break
      case 'headers':
        effects.headers = { ...effects.headers, ...fault.headers }
    }
  }
  return { copies, isLost: false, shuffle }
}
