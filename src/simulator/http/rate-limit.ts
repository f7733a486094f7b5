import type { Simulation } from '../simulation.ts'
import type { ApiResponse } from './exchange.ts'
import { rateLimitAnswer } from './request-faults.ts'

interface Count {
  headers: Record<string, string>
  refusal: ApiResponse | null
}

/** Counts calls per key and fixed minute, as Kapso's plans do. */
export function createRateLimit(simulation: Simulation): (apiKey: string) => Count {
  const counts = new Map<string, { minute: number; calls: number }>()
  return (apiKey) => {
    const limit = simulation.world.settings.rateLimitPerMinute
    const minute = Math.floor(simulation.clock.now() / 60_000)
    const known = counts.get(apiKey)
    const calls = known?.minute === minute ? known.calls + 1 : 1
    counts.set(apiKey, { minute, calls })
    return {
      headers: {
        'X-RateLimit-Limit': String(limit),
        'X-RateLimit-Remaining': String(Math.max(0, limit - calls)),
      },
      refusal: calls > limit ? rateLimitAnswer(60) : null,
    }
  }
}
