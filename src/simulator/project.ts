import { z } from 'zod'
import { buildNumberEvent } from './bodies/other.ts'
import { buildProjectBody } from './bodies/project.ts'
import { publish } from './delivery/publish.ts'
import { chooseNumber, type Simulation } from './simulation.ts'

/** `POST /simulator/project-events`; further keys are put into the body. */
export const projectEventSchema = z.looseObject({
  event: z.string().regex(/^(whatsapp\.(phone_number|account)\.\w+|project\.event|kapso_agent\.run\.\w+)$/),
  phoneNumberId: z.string().optional(),
})

export type ProjectEvent = z.input<typeof projectEventSchema>

/** Those for which this makes a body. */
export const projectEvents = [
  ...['created', 'offboarded', 'disconnected', 'reconnected'].map((one) => `whatsapp.phone_number.${one}`),
  ...['disabled', 'restricted', 'reinstated', 'violation'].map((one) => `whatsapp.account.${one}`),
  'project.event',
  ...['approval_required', 'completed', 'failed', 'cancelled'].map((one) => `kapso_agent.run.${one}`),
]

/** Tells the project webhooks of something, with the body that belongs to it. Returns the ids of the deliveries. */
export function tellProject(simulation: Simulation, input: ProjectEvent): string[] {
  const { event, phoneNumberId, ...more } = projectEventSchema.parse(input)
  const { world, identifiers, clock } = simulation
  const number = chooseNumber(world, phoneNumberId)
  const place = identifiers.next('project event')
  const projectId = identifiers.uuid('project')
  const isPlain = event.endsWith('phone_number.created') || event.endsWith('phone_number.deleted')
  const id = identifiers.hex(12, 'project event', place).toLowerCase()
  const body = isPlain
    ? { ...buildNumberEvent(number, projectId), ...more }
    : buildProjectBody({ id, event, at: clock.now(), projectId, number, more })
  return publish(simulation, null, { event, body: JSON.stringify(body), subject: ['project', place] })
}
