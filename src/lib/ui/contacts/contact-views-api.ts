import type { ContactView, ContactViewCounts, NewContactView } from '#lib/domain/contact-views.ts'
import { readAnswer } from '../shared/read-answer.ts'

export interface ContactViewsApi {
  create(view: NewContactView): Promise<ContactView>
  change(id: string, change: Partial<NewContactView>): Promise<ContactView>
  remove(id: string): Promise<void>
  count(): Promise<ContactViewCounts>
}

/**
 * Asks the server for the views of contacts. Rejects with Refused, or with anything else when it is out of reach.
 *
 * @param href address of the contacts
 */
export function createContactViewsApi(href: string): ContactViewsApi {
  async function ask<Answer>(path: string, method: string, body?: object): Promise<Answer> {
    const response = await fetch(`${href}/views${path}`, {
      method,
      cache: 'no-store',
      headers: { accept: 'application/json', 'content-type': 'application/json' },
      ...(body === undefined ? {} : { body: JSON.stringify(body) }),
    })
    return (await readAnswer(response)) as Answer
  }
  return {
    create: (view) => ask('', 'POST', view),
    change: (id, change) => ask(`/${id}`, 'PATCH', change),
    remove: async (id) => {
      await ask(`/${id}`, 'DELETE')
    },
    count: () => ask('/counts', 'GET'),
  }
}
