import type { PhoneNumber } from '../world.ts'
import { toIsoSeconds } from './form.ts'

type Json = Record<string, unknown>

/** What a body of the project's events is made of. */
export interface ProjectParts {
  /** Its own id. */
  id: string
  event: string
  at: number
  projectId: string
  number: PhoneNumber
  more: Json
}

function buildCustomer(number: PhoneNumber): Json {
  return {
    id: number.customerId,
    ...(number.externalCustomerId === null ? {} : { external_id: number.externalCustomerId }),
  }
}

function buildNumberLifecycle(parts: ProjectParts): Json {
  const { event, number } = parts
  const change = event.slice(event.lastIndexOf('.') + 1)
  const isDisconnected = change === 'disconnected'
  return {
    id: `wpe_${parts.id}`,
    event,
    occurred_at: toIsoSeconds(parts.at),
    phone_number_id: number.id,
    project: { id: parts.projectId },
    customer: buildCustomer(number),
    connection_type: number.isCoexistence ? 'coexistence' : 'dedicated',
    source: {
      provider: isDisconnected ? 'kapso' : 'meta',
      event: `ACCOUNT_${change.toUpperCase()}`,
      ...(isDisconnected ? {} : { business_account_id: number.businessAccountId }),
    },
    ...(isDisconnected ? { disconnection: { reason: 'token_revoked', initiated_by: 'user' } } : {}),
  }
}

function buildAccount(parts: ProjectParts): Json {
  const { event, number } = parts
  const change = event.slice(event.lastIndexOf('.') + 1)
  const until = toIsoSeconds(parts.at + 7 * 24 * 3_600_000)
  const what: Record<string, Json> = {
    disabled: { ban: { state: 'DISABLE', date_label: 'August 16, 2026' } },
    reinstated: { ban: { state: 'REINSTATE', date_label: 'August 16, 2026' } },
    restricted: { restrictions: [{ type: 'RESTRICTED_BIZ_INITIATED_MESSAGING', expires_at: until }] },
    violation: { violation: { type: 'SPAM' } },
  }
  const sources: Record<string, string> = {
    restricted: 'ACCOUNT_RESTRICTION',
    violation: 'ACCOUNT_VIOLATION',
  }
  return {
    id: `wae_${parts.id}`,
    event,
    occurred_at: toIsoSeconds(parts.at),
    business_account_id: number.businessAccountId,
    project: { id: parts.projectId },
    phone_numbers: [{ id: number.id, display_phone_number: number.displayPhoneNumber }],
    ...what[change],
    source: { provider: 'meta', event: sources[change] ?? 'DISABLED_UPDATE' },
  }
}

function buildAgentRun(parts: ProjectParts): Json {
  const status = parts.event.slice(parts.event.lastIndexOf('.') + 1)
  const at = toIsoSeconds(parts.at)
  const isOver = status !== 'approval_required'
  const outcome: Record<string, Json> = {
    completed: { result: { text: 'Done' } },
    failed: { error: { code: 'run_failed', message: 'Model error' } },
    cancelled: { error: { code: 'run_cancelled', message: 'Cancelled by caller' } },
    approval_required: { pending_approval: { id: 'approval_1', tool: 'send_quote' } },
  }
  return {
    id: `kae_${parts.id}`,
    event: parts.event,
    created_at: at,
    data: {
      run_id: `run_${parts.id}`,
      session_id: 'ses_1',
      status: isOver ? status : 'waiting_for_approval',
      agent: { id: 'agent_1' },
      metadata: { ticket: '42' },
      created_at: at,
      started_at: at,
      status_url: `/kapso-agent/runs/run_${parts.id}`,
      ...outcome[status],
      ...(isOver ? { finished_at: at } : {}),
    },
  }
}

/** The body of an event of the project, but for numbers that were added or removed and workflows. */
export function buildProjectBody(parts: ProjectParts): Json {
  const { event, more } = parts
  if (event.startsWith('whatsapp.phone_number.')) return { ...buildNumberLifecycle(parts), ...more }
  if (event.startsWith('whatsapp.account.')) return { ...buildAccount(parts), ...more }
  if (event.startsWith('kapso_agent.run.')) return { ...buildAgentRun(parts), ...more }
  return {
    id: `evt_${parts.id}`,
    event,
    name: 'lead.qualified',
    occurred_at: toIsoSeconds(parts.at),
    project_id: parts.projectId,
    properties: { score: 82 },
    ...more,
  }
}
