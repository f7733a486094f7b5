import { z } from 'zod'
import { mediaFormats } from '../media/formats.ts'
import { bytesOf, getMedia, linkOf, mediaBehaviours, metaUrlOf } from '../media/library.ts'
import type { Simulation } from '../simulation.ts'
import type { SimulatorControl } from '../simulator.ts'
import type { TemplateChange } from '../templates.ts'
import type { MediaItem } from '../world.ts'
import { post, readBody } from './control-routes.ts'
import { parameter, route, type Route } from './exchange.ts'

const mediaSchema = z.strictObject({
  format: z.enum(mediaFormats),
  behaviour: z.enum(mediaBehaviours).optional(),
  fileName: z.string().min(1).max(200).optional(),
})
const behaviourSchema = z.strictObject({ behaviour: z.enum(mediaBehaviours) })

/** What goes wrong: with deliveries, with the network, with secrets, with files. */
export function createFaultRoutes(simulation: Simulation, control: SimulatorControl): Route[] {
  const { world } = simulation

  function show(item: MediaItem): Record<string, unknown> {
    return { ...item, url: linkOf(simulation, item), metaUrl: metaUrlOf(simulation, item) }
  }

  return [
    route('GET', '/simulator/faults', () => ({ status: 200, body: { data: world.faults } })),
    post('faults', (body) => control.addFault(body), 201),
    route('DELETE', '/simulator/faults', () => {
      control.clearFaults()
      return { status: 204, body: null }
    }),
    route('DELETE', '/simulator/faults/:id', (request) => {
      control.removeFault(parameter(request, 'id'))
      return { status: 204, body: null }
    }),
    post('outage', (body) => {
      control.startOutage(body)
      return { state: simulation.network.state() }
    }),
    route('DELETE', '/simulator/outage', () => {
      control.endOutage()
      return { status: 204, body: null }
    }),
    post('webhooks/:id/rotate-secret', (body, request) =>
      control.rotateSecret(parameter(request, 'id'), body),
    ),
    route('PATCH', '/simulator/webhooks/:id', (request) => ({
      status: 200,
      body: { data: control.changeWebhook(parameter(request, 'id'), readBody(request) as never) },
    })),
    post(
      'media',
      (body) => {
        return show(control.addMedia(mediaSchema.parse(body)))
      },
      201,
    ),
    post('templates', (body: TemplateChange) => control.setTemplate(body)),
    route('PATCH', '/simulator/media/:id', (request) => {
      const { behaviour } = behaviourSchema.parse(readBody(request))
      return { status: 200, body: { data: show(control.changeMedia(parameter(request, 'id'), behaviour)) } }
    }),
    route('GET', '/simulator/media/:id', (request) => {
      const item = getMedia(simulation, parameter(request, 'id'))
      return {
        status: 200,
        body: null,
        bytes: bytesOf(simulation, item),
        headers: { 'content-type': item.mimeType, 'x-content-type-options': 'nosniff' },
      }
    }),
  ]
}
