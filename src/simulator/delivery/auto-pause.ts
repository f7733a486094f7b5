import type { Delivery } from '../world.ts'

const windowMs = 15 * 60_000

/**
 * Kapso's rule: at least 20 deliveries within 15 minutes, at least 10 of them failed and at least 85 % failed.
 * What counts is how a delivery ended, after all its tries. Where waits are shorter, the 15 minutes are, too.
 */
export function shouldPause(
  deliveries: Iterable<Delivery>,
  webhookId: string,
  now: number,
  timeScale: number,
): boolean {
  let total = 0
  let failed = 0
  for (const delivery of deliveries) {
    if (delivery.webhookId !== webhookId || delivery.fault === 'lost') continue
    if (delivery.finishedAt === null || delivery.finishedAt < now - windowMs / timeScale) continue
    total += 1
    if (delivery.status === 'failed') failed += 1
  }
  return total >= 20 && failed >= 10 && failed / total >= 0.85
}
