/**
 * What can happen to a customer.
 *
 * @import { CustomerView } from '../http/view.ts'
 */
import { toggleList } from './attach.js'
import { element, find } from './dom.js'

/** @typedef {{ label: string, path: string, body?: Record<string, unknown> }} Action */

/** @param {CustomerView} customer @returns {Action[]} */
function listActions(customer) {
  const own = `customers/${customer.id}`
  const { conversationId, execution } = customer
  const marketing = customer.stopsMarketing ? 'resumed' : 'stopped'
  return [
    customer.phone
      ? { label: 'Hide the phone number', path: `${own}/hide-phone` }
      : { label: 'Show the phone number', path: `${own}/reveal-phone` },
    { label: 'Get another WhatsApp id', path: `${own}/change-identity`, body: { systemMessage: true } },
    {
      label: 'Give the number to somebody new',
      path: `${own}/recycle`,
      body: { name: `New owner of ${customer.name}`.slice(0, 200) },
    },
    {
      label: customer.stopsMarketing ? 'Take marketing messages again' : 'Stop marketing messages',
      path: `${own}/marketing-preference`,
      body: { status: marketing },
    },
    ...(conversationId
      ? [{ label: 'End the conversation', path: `conversations/${conversationId}/end` }]
      : []),
    ...(conversationId && !execution
      ? [{ label: 'Start the bot', path: 'executions', body: { conversationId } }]
      : []),
    ...(execution && execution.status !== 'handoff'
      ? [{ label: 'Bot hands over to a person', path: `executions/${execution.id}/hand-off` }]
      : []),
    { label: 'Import an old chat', path: 'history', body: { customerId: customer.id, messages: 12 } },
    { label: 'Send one of each', path: 'one-of-each', body: { customerId: customer.id } },
  ]
}

/**
 * @param {() => CustomerView | undefined} readCustomer
 * @param {(path: string, body: Record<string, unknown>) => void} act
 */
export function prepareMore(readCustomer, act) {
  const button = find('more', HTMLButtonElement)
  const list = find('more-list', HTMLUListElement)
  button.addEventListener('click', () => {
    const customer = readCustomer()
    if (!customer) return
    list.replaceChildren(
      ...listActions(customer).map(({ label, path, body = {} }) => {
        const choice = element('button', 'quiet small', label)
        choice.addEventListener('click', () => {
          toggleList(button, list, false)
          button.focus()
          act(path, body)
        })
        return element('li', '', choice)
      }),
    )
    toggleList(button, list, list.hidden === true)
  })
}

/** Closes the list, because another customer is shown. */
export function closeMore() {
  toggleList(find('more', HTMLButtonElement), find('more-list', HTMLUListElement), false)
}
