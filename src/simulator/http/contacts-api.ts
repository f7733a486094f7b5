import { buildListedContact } from '../bodies/other.ts'
import type { Simulation } from '../simulation.ts'
import type { Customer } from '../world.ts'
import { fail, parameter, route, type Route } from './exchange.ts'
import { answerPage } from './paging.ts'

/** Contacts of the platform API, which knows those without a phone number, too. */
export function createContactRoutes(simulation: Simulation): Route[] {
  const { world } = simulation
  const base = '/platform/v1/whatsapp/contacts'

  function build(customer: Customer): Record<string, unknown> {
    const [numberId = ''] = Object.keys(customer.openConversationIds)
    const number = world.phoneNumbers.get(numberId)
    return buildListedContact(customer, number?.customerId ?? null)
  }

  return [
    route('GET', base, (request) => {
      const numberId = request.query.get('phone_number_id')
      const found = [...world.customers.values()].filter((one) => {
        const numbers = Object.keys(one.openConversationIds)
        return numberId === null ? numbers.length > 0 : numbers.includes(numberId)
      })
      return answerPage(found.reverse(), request.query, (one) => one.id, build)
    }),
    route('GET', `${base}/:id`, (request) => {
      const customer = world.customers.get(parameter(request, 'id'))
      return customer ? { status: 200, body: { data: build(customer) } } : fail(404, 'Contact not found')
    }),
  ]
}
