import { toIsoSeconds } from './bodies/form.ts'
import { publish } from './delivery/publish.ts'
import { ControlError, getConversation, type Simulation } from './simulation.ts'
import type { Conversation, Execution, ExecutionStatus } from './world.ts'

/** What a client may ask for; anything else is a bad move (422). */
const moves: Record<ExecutionStatus, readonly ExecutionStatus[]> = {
  running: ['handoff', 'ended', 'waiting'],
  waiting: ['handoff', 'ended'],
  handoff: ['waiting', 'ended'],
  ended: [],
  failed: [],
}

export function getExecution(simulation: Simulation, id: string): Execution {
  const execution = simulation.world.executions.get(id)
  if (!execution) throw new ControlError(404, `There is no execution ${id}`)
  return execution
}

/** The bot begins to serve a conversation. */
export function startExecution(
  simulation: Simulation,
  conversation: Conversation,
  status: 'running' | 'waiting' = 'waiting',
): Execution {
  const { world, identifiers, clock } = simulation
  const place = identifiers.next('execution')
  const now = clock.now()
  const execution: Execution = {
    id: identifiers.uuid('execution', place),
    workflowId: identifiers.uuid('workflow'),
    trackingId: `track-${identifiers.hex(12, 'track', place).toLowerCase()}`,
    conversationId: conversation.id,
    phoneNumberId: conversation.phoneNumberId,
    status,
    startedAt: now,
    updatedAt: now,
    events: [{ type: 'execution_started', at: now, payload: { status } }],
  }
  world.executions.set(execution.id, execution)
  simulation.changed()
  return execution
}

function setStatus(simulation: Simulation, execution: Execution, status: ExecutionStatus): void {
  execution.status = status
  // A second handover within one second still is another moment.
  execution.updatedAt = Math.max(simulation.clock.now(), execution.updatedAt + 1)
  execution.events.push({ type: `status_${status}`, at: execution.updatedAt, payload: { status } })
  simulation.changed()
}

/** The body of `workflow.execution.handoff` and `.failed`. */
function tell(
  simulation: Simulation,
  execution: Execution,
  event: string,
  more: Record<string, unknown>,
): void {
  publish(simulation, null, {
    event,
    body: JSON.stringify({
      event,
      occurred_at: new Date(execution.updatedAt).toISOString(),
      project_id: simulation.identifiers.uuid('project'),
      workflow_id: execution.workflowId,
      workflow_execution_id: execution.id,
      status: execution.status,
      tracking_id: execution.trackingId,
      channel: 'whatsapp',
      whatsapp_conversation_id: execution.conversationId,
      ...more,
    }),
    subject: [execution.id, event, execution.events.length],
  })
}

/** The bot hands over to a human. */
export function handOffExecution(
  simulation: Simulation,
  execution: Execution,
  reason = 'User requested human assistance',
): void {
  setStatus(simulation, execution, 'handoff')
  tell(simulation, execution, 'workflow.execution.handoff', { handoff: { reason, source: 'agent_tool' } })
}

export function failExecution(
  simulation: Simulation,
  execution: Execution,
  message = 'Workflow execution timed out',
): void {
  setStatus(simulation, execution, 'failed')
  tell(simulation, execution, 'workflow.execution.failed', { error: { message } })
}

/** What a client of the REST API asks for. Returns whether it is possible. */
export function moveExecution(simulation: Simulation, execution: Execution, wanted: string): boolean {
  const status = moves[execution.status].find((one) => one === wanted)
  if (status === undefined) return false
  setStatus(simulation, execution, status)
  if (status === 'handoff' && simulation.world.settings.tellsApiHandoff) {
    tell(simulation, execution, 'workflow.execution.handoff', { handoff: { source: 'action_step' } })
  }
  return true
}

/** The workflow goes on with what a client gives it. */
export function resumeExecution(simulation: Simulation, execution: Execution): void {
  setStatus(simulation, execution, 'running')
  setStatus(simulation, execution, 'waiting')
}

/** An execution as the REST API shows it. */
export function buildExecution(simulation: Simulation, execution: Execution): Record<string, unknown> {
  const conversation = getConversation(simulation.world, execution.conversationId)
  const isOver = execution.status === 'ended' || execution.status === 'failed'
  return {
    id: execution.id,
    status: execution.status,
    workflow_id: execution.workflowId,
    tracking_id: execution.trackingId,
    waiting_reason: execution.status === 'waiting' ? 'wait_for_response' : null,
    whatsapp_conversation_id: conversation.id,
    phone_number_id: execution.phoneNumberId,
    started_at: toIsoSeconds(execution.startedAt),
    updated_at: toIsoSeconds(execution.updatedAt),
    ended_at: isOver ? toIsoSeconds(execution.updatedAt) : null,
  }
}
