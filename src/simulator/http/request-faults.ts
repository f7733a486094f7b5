import { drawRequestFault, type RequestFault } from '../faults.ts'
import type { Simulation } from '../simulation.ts'
import { type ApiResponse, fail, failAsGraph } from './exchange.ts'

export const proxyTimeout = fail(504, 'Kapso proxy timeout')

export const inFlightAnswer = fail(
  409,
  'Another message is already in-flight for this conversation. Please retry shortly.',
)

export function rateLimitAnswer(retryAfterSeconds: number): ApiResponse {
  return {
    ...fail(429, 'Rate limit exceeded', { message: 'Too many requests. Please retry later.' }),
    headers: { 'Retry-After': String(retryAfterSeconds) },
  }
}

/** What a fault answers instead of the real thing. */
export function answerOf(fault: RequestFault): ApiResponse {
  switch (fault.kind) {
    case 'in_flight':
      return inFlightAnswer
    case 'rate_limited':
      return rateLimitAnswer(fault.retryAfterSeconds)
    case 'insufficient_credits':
      return fail(402, 'Insufficient credits', {
        code: 'insufficient_credits',
        billing_url: 'https://app.kapso.ai/billing',
      })
    case 'graph_error':
      return failAsGraph(400, fault.code, fault.message)
    case 'server_error':
      return fail(500, 'Internal server error')
    case 'timeout':
    case 'timeout_after_accepting':
      return proxyTimeout
    case 'reset':
    case 'reset_after_accepting':
      return { status: 0, body: null, breaksBy: 'reset' }
    case 'hang':
    case 'hang_after_accepting':
      return { status: 0, body: null, breaksBy: 'hang' }
  }
}

/** What strikes a send: the answer, and whether the message is taken nevertheless. */
export function drawSendFault(
  simulation: Simulation,
  phoneNumberId: string,
): { answer: ApiResponse; accepts: boolean } | null {
  const fault = drawRequestFault(simulation.world, simulation.identifiers, 'send', phoneNumberId)
  if (!fault) return null
  simulation.changed()
  return { answer: answerOf(fault), accepts: fault.kind.endsWith('_after_accepting') }
}
