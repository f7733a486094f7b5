import { drawRequestFault, type RequestFault, type RequestPlace } from '../faults.ts'
import { buildMessageError } from '../error-codes.ts'
import type { Simulation } from '../simulation.ts'
import type { MessageError } from '../world.ts'
import { type ApiResponse, fail, failAsGraph } from './exchange.ts'

export const proxyTimeout = fail(504, 'Kapso proxy timeout')

export const inFlightAnswer = fail(
  409,
  'Another message is already in-flight for this conversation. Please retry shortly.',
)

export const marketingStopped = fail(422, 'The recipient stopped marketing messages', {
  code: 'marketing_preference_stopped',
})

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
    // These two let the call happen; what they do besides is done by who draws them.
    case 'slow':
    case 'fails_later':
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

/** Answers a call, unless a fault does; one that makes it slow comes first. */
export async function answerOrFail(
  simulation: Simulation,
  place: RequestPlace,
  phoneNumberId: string | null,
  answer: () => ApiResponse | Promise<ApiResponse>,
): Promise<ApiResponse> {
  const fault = drawRequestFault(simulation.world, simulation.identifiers, place, phoneNumberId)
  if (!fault) return answer()
  simulation.changed()
  if (fault.kind !== 'slow') return answerOf(fault)
  await wait(simulation, fault.delayMs)
  return answer()
}

/** Resolves after so many milliseconds of simulated time. */
export function wait(simulation: Simulation, milliseconds: number): Promise<void> {
  return new Promise((resolve) => simulation.clock.after(milliseconds, resolve))
}

/** What strikes a send. */
export interface SendFault {
  /** Null when the call is answered as always. */
  answer: ApiResponse | null
  /** Whether the message is taken nevertheless. */
  accepts: boolean
  delayMs: number
  /** With what the message that was taken fails later. */
  failure: MessageError | null
}

/** The fault of a send, or null when there is none. */
export function drawSendFault(simulation: Simulation, phoneNumberId: string): SendFault | null {
  const fault = drawRequestFault(simulation.world, simulation.identifiers, 'send', phoneNumberId)
  if (!fault) return null
  simulation.changed()
  const isOdd = fault.kind === 'slow' || fault.kind === 'fails_later'
  return {
    answer: isOdd ? null : answerOf(fault),
    accepts: isOdd || fault.kind.endsWith('_after_accepting'),
    delayMs: fault.kind === 'slow' ? fault.delayMs : 0,
    failure: fault.kind === 'fails_later' ? buildMessageError(fault.code) : null,
  }
}
