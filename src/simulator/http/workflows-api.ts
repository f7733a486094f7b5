import { toIsoSeconds } from '../bodies/form.ts'
import { buildExecution, moveExecution, resumeExecution } from '../executions.ts'
import type { Simulation } from '../simulation.ts'
import type { Execution } from '../world.ts'
import {
  type ApiRequest,
  type ApiResponse,
  fail,
  type Handler,
  parameter,
  readJson,
  route,
  type Route,
} from './exchange.ts'
import { answerPage } from './paging.ts'

function readWantedStatus(body: unknown): string {
  if (typeof body !== 'object' || body === null || !('workflow_execution' in body)) return ''
  const wanted = body.workflow_execution
  if (typeof wanted !== 'object' || wanted === null || !('status' in wanted)) return ''
  return typeof wanted.status === 'string' ? wanted.status : ''
}

function hasMessage(body: unknown): boolean {
  return typeof body === 'object' && body !== null && ('message' in body || 'variables' in body)
}

/** Workflows and their executions, below `/platform/v1`. */
export function createWorkflowRoutes(simulation: Simulation): Route[] {
  const { world, identifiers } = simulation
  const workflow = { id: identifiers.uuid('workflow'), name: 'Sarah', status: 'active' }

  function ofExecution(
    method: string,
    rest: string,
    handler: (execution: Execution, request: ApiRequest) => ApiResponse,
  ): Route {
    return route(method, `/platform/v1/workflow_executions/:executionId${rest}`, (request) => {
      const execution = world.executions.get(parameter(request, 'executionId'))
      return execution ? handler(execution, request) : fail(404, 'Workflow execution not found')
    })
  }

  const list: Handler = (request) => {
    const { query } = request
    const equals = (name: string, value: string | null) =>
      query.get(name) === null || query.get(name) === value
    const found = [...world.executions.values()]
      .filter(
        (one) =>
          one.workflowId === parameter(request, 'workflowId') &&
          equals('status', one.status) &&
          equals('waiting_reason', one.status === 'waiting' ? 'wait_for_response' : null) &&
          equals('whatsapp_conversation_id', one.conversationId),
      )
      .reverse()
    return answerPage(
      found,
      query,
      (one) => one.id,
      (one) => buildExecution(simulation, one),
    )
  }

  return [
    route('GET', '/platform/v1/workflows', () => ({ status: 200, body: { data: [workflow] } })),
    route('GET', '/platform/v1/workflows/:workflowId', (request) =>
      parameter(request, 'workflowId') === workflow.id
        ? { status: 200, body: { data: workflow } }
        : fail(404, 'Workflow not found'),
    ),
    route('GET', '/platform/v1/workflows/:workflowId/executions', list),
    ofExecution('GET', '', (execution) => ({
      status: 200,
      body: { data: buildExecution(simulation, execution) },
    })),
    ofExecution('PATCH', '', (execution, request) => {
      const wanted = readWantedStatus(readJson(request))
      if (!moveExecution(simulation, execution, wanted)) {
        return fail(422, `Cannot change status from ${execution.status} to ${wanted || 'nothing'}`)
      }
      return { status: 200, body: { data: buildExecution(simulation, execution) } }
    }),
    ofExecution('POST', '/resume', (execution, request) => {
      if (execution.status === 'running') return fail(409, 'Workflow execution is running')
      if (execution.status === 'ended' || execution.status === 'failed') {
        return fail(422, 'Workflow execution is over')
      }
      if (!hasMessage(readJson(request))) return fail(422, "Message can't be blank")
      resumeExecution(simulation, execution)
      return { status: 200, body: { data: buildExecution(simulation, execution) } }
    }),
    ofExecution('GET', '/events', (execution, request) => {
      const events = execution.events.map((event, place) => ({ ...event, id: String(place) })).reverse()
      return answerPage(
        events,
        request.query,
        (event) => event.id,
        ({ id, type, at, payload }) => ({ id, event_type: type, payload, created_at: toIsoSeconds(at) }),
      )
    }),
  ]
}
