import type { Simulation } from '../simulation.ts'
import { buildTemplate, listTemplates } from '../templates.ts'
import { failAsGraph, parameter, route, type Route } from './exchange.ts'
import { answerPage } from './paging.ts'
import { answerOrFail } from './request-faults.ts'

/** `GET /{business_account_id}/message_templates`. */
export function createTemplateRoutes(simulation: Simulation): Route[] {
  return [
    route('GET', '/meta/whatsapp/:version/:businessAccountId/message_templates', (request) => {
      const account = parameter(request, 'businessAccountId')
      const number = [...simulation.world.phoneNumbers.values()].find(
        (one) => one.businessAccountId === account,
      )
      if (!number) return failAsGraph(400, 100, 'Object with this id does not exist or cannot be loaded')
      return answerOrFail(simulation, 'read', number.id, () => {
        const name = request.query.get('name')
        const found = listTemplates(simulation, account).filter((one) => name === null || one.name === name)
        return answerPage(found, request.query, (one) => one.id, buildTemplate)
      })
    }),
  ]
}
