/**
 * The simulator's page: shows one view of the world, asks for it anew whenever the server says that something changed,
 * and acts as the chosen customer.
 *
 * @import { MessageView, View } from '../http/view.ts'
 */
import { call } from './api.js'
import { prepareAttachments, showAnswering } from './attach.js'
import { buildDelivery } from './deliveries.js'
import { element, find, renderList } from './dom.js'
import { prepareTabs, renderFaults } from './faults.js'
import { closeMore, prepareMore } from './more.js'
import { describeAddress, nameSpan } from './naming.js'
import { prepareNewCustomer } from './new-customer.js'
import { buildPerson, paintAvatar } from './people.js'
import { buildBubble, layRows } from './thread.js'

const people = find('people', HTMLUListElement)
const thread = find('thread', HTMLDivElement)
const deliveries = find('deliveries', HTMLOListElement)
const numberSelect = find('number', HTMLSelectElement)
const composer = find('composer', HTMLFormElement)
const textInput = find('text', HTMLTextAreaElement)
const toast = find('toast', HTMLParagraphElement)

/** @type {View} */
let view = JSON.parse(find('view', HTMLScriptElement).textContent)
let isFirstThread = true
/** @type {MessageView | null} */
let answering = null

function renderThread() {
  const isAtEnd = thread.scrollHeight - thread.scrollTop - thread.clientHeight < 80
  renderList(
    thread,
    layRows(view.messages, view.now),
    (row) => row.key,
    (row, isFresh) =>
      'message' in row
        ? buildBubble(row.message, isFresh && !isFirstThread, { answer, react })
        : element('div', `divider${row.isSession ? ' session' : ''}`, row.divider),
  )
  if (isAtEnd || isFirstThread) thread.scrollTop = thread.scrollHeight
  isFirstThread = false
}

function renderHook() {
  const hook = find('hook', HTMLParagraphElement)
  const [first] = view.webhooks
  const isPaused = view.webhooks.some((webhook) => !webhook.active)
  if (!first) hook.replaceChildren(element('span', 'badge warn', 'No webhook yet'))
  else {
    const badge = isPaused
      ? element('span', 'badge bad', 'Webhook paused')
      : element('span', 'badge good', 'Webhook active')
    hook.replaceChildren(badge, element('span', '', new URL(first.url).host))
  }
}

function renderNumbers() {
  const label = numberSelect.closest('label')
  if (label) label.hidden = view.numbers.length < 2
  const options = view.numbers.map((number) => {
    const option = new Option(`${number.name} ${number.display}`, number.id)
    option.selected = number.id === view.numberId
    return option
  })
  numberSelect.replaceChildren(...options)
}

function renderChatHead() {
  const number = view.numbers.find((one) => one.id === view.numberId)
  const customer = view.customers.find((one) => one.id === view.customerId)
  find('no-chat', HTMLDivElement).hidden = Boolean(customer)
  composer.hidden = !customer
  thread.hidden = !customer
  const owner = find('owner', HTMLDivElement)
  owner.hidden = !customer
  find('chat-title', HTMLHeadingElement).textContent = number ? number.name : 'No business number'
  paintAvatar(find('company-avatar', HTMLSpanElement), number?.name ?? '', number?.id ?? '')
  const note = view.isCompanyTyping ? 'typing…' : (number?.display ?? '')
  find('chat-note', HTMLParagraphElement).textContent = note
  if (!customer) return
  const left = (customer.windowClosesAt ?? 0) - view.now
  const name = element('strong', '', customer.name)
  name.dir = 'auto'
  const window =
    left > 0
      ? element('span', '', `Reply window ${nameSpan(left)}`)
      : element('span', 'closed', 'Reply window closed')
  find('owner-text', HTMLParagraphElement).replaceChildren(
    name,
    element('span', '', describeAddress(customer)),
    window,
  )
  find('as-customer', HTMLSpanElement).textContent = customer.name.split(/\s+/)[0] ?? 'Customer'
}

function render() {
  renderNumbers()
  renderHook()
  renderList(
    people,
    view.customers,
    (customer) => customer.id,
    (customer) => buildPerson(customer, view.now, () => void open(customer.id)),
  )
  for (const button of people.querySelectorAll('button')) {
    button.ariaCurrent = button.parentElement?.dataset.key === view.customerId ? 'true' : null
  }
  people.hidden = view.customers.length === 0
  find('nobody', HTMLDivElement).hidden = view.customers.length > 0
  renderChatHead()
  renderThread()
  renderList(deliveries, view.deliveries, (delivery) => delivery.id, buildDelivery)
  deliveries.hidden = view.deliveries.length === 0
  find('no-deliveries', HTMLDivElement).hidden = view.deliveries.length > 0
  renderFaults(view, run)
  find('waiting', HTMLParagraphElement).textContent = view.waiting > 0 ? `${view.waiting} waiting` : ''
}

/** @param {string} message */
function complain(message) {
  toast.textContent = message
  toast.hidden = false
  setTimeout(() => (toast.hidden = true), 5000)
}

/**
 * Acts as somebody of the chosen business number.
 *
 * @param {string} path
 * @param {Record<string, unknown>} body
 */
function post(path, body) {
  return call('POST', path, { ...body, ...(view.numberId ? { phoneNumberId: view.numberId } : {}) })
}

/** Complains when an action is refused. @param {Promise<unknown>} action */
function run(action) {
  action.then(refresh).catch((/** @type {Error} */ reason) => {
    complain(reason.message)
  })
}

/** @param {MessageView | null} message */
function answer(message) {
  answering = message
  showAnswering(message)
  if (message) textInput.focus()
}

/** @param {MessageView} message @param {string} emoji */
function react(message, emoji) {
  const isTaken = message.reactions.includes(emoji)
  const content = { message_id: message.id, ...(isTaken ? {} : { emoji }) }
  run(post(`customers/${view.customerId}/messages`, { type: 'reaction', content }))
}

function isCustomer() {
  return new FormData(composer).get('as') === 'customer'
}

let isLoading = false
let isStale = false

/** Asks for the view; a call during another one makes that one ask once more. */
async function refresh() {
  if (isLoading) {
    isStale = true
    return
  }
  isLoading = true
  try {
    do {
      isStale = false
      const query = new URLSearchParams({ number: view.numberId ?? '', customer: view.customerId ?? '' })
      const asked = view.customerId
      const response = await fetch(`/simulator/view?${query}`)
      /** @type {View} */
      const next = await response.json()
      if (view.customerId === asked) view = next
      else isStale = true
    } while (isStale)
    render()
    readSoon()
  } catch {
    // The stream reconnects by itself and then asks again.
  } finally {
    isLoading = false
  }
}

/** @type {ReturnType<typeof setTimeout> | null} */
let reading = null

function isLookedAt() {
  const isShown = document.body.dataset.pane === 'chat' || matchMedia('(width >= 760px)').matches
  return isShown && document.visibilityState === 'visible' && document.hasFocus()
}

/** A customer who looks at the chat has read it, a moment later. */
function readSoon() {
  const unread = view.messages.some(
    (message) => message.author !== 'customer' && message.status === 'delivered',
  )
  const { customerId } = view
  if (!unread || !customerId || !isLookedAt() || reading) return
  reading = setTimeout(() => {
    reading = null
    if (isLookedAt() && view.customerId === customerId)
      void post(`customers/${customerId}/read`, {}).catch(() => undefined)
  }, 700)
}

function keepAddress(isNew = false) {
  const query = new URLSearchParams()
  if (view.customerId) query.set('customer', view.customerId)
  if (view.numbers.length > 1 && view.numberId) query.set('number', view.numberId)
  const address = query.size > 0 ? `?${query}` : '/'
  if (isNew) history.pushState({}, '', address)
  else history.replaceState({}, '', address)
}

/** @param {string | null} customerId @param {boolean} [isFromHistory] */
async function open(customerId, isFromHistory = false) {
  const isOther = view.customerId !== customerId
  if (isOther) {
    isFirstThread = true
    answer(null)
    closeMore()
  }
  view = { ...view, customerId, messages: isOther ? [] : view.messages }
  document.body.dataset.pane = customerId ? 'chat' : 'customers'
  if (!isFromHistory) keepAddress(true)
  render()
  isFirstThread = isOther
  await refresh()
  if (customerId && matchMedia('(width >= 760px)').matches) textInput.focus()
}

/** @param {string} path @param {Record<string, unknown>} body */
async function sendAs(path, body) {
  const { customerId } = view
  const where = isCustomer() || path !== 'messages' ? path : 'business-app-messages'
  await post(`customers/${customerId}/${where}`, body)
  await refresh()
  thread.scrollTop = thread.scrollHeight
}

async function send() {
  const text = textInput.value.trim()
  if (!text || !view.customerId) return
  const replyTo = answering ? { replyTo: answering.id } : {}
  textInput.value = ''
  answer(null)
  try {
    await sendAs('messages', { text, ...replyTo })
  } catch (error) {
    if (!textInput.value) textInput.value = text
    complain(error instanceof Error ? error.message : 'Not sent')
  }
}

composer.addEventListener('submit', (event) => {
  event.preventDefault()
  void send()
})
composer.addEventListener('change', () => {
  find('as-note', HTMLParagraphElement).hidden = isCustomer()
  thread.scrollTop = thread.scrollHeight
})
textInput.addEventListener('keydown', (event) => {
  if (event.key !== 'Enter' || event.shiftKey || event.isComposing) return
  event.preventDefault()
  void send()
})

prepareNewCustomer((id) => void open(id))
prepareTabs()
prepareAttachments(isCustomer, (path, body) => {
  run(sendAs(path, body))
})
prepareMore(
  () => view.customers.find((one) => one.id === view.customerId),
  (path, body) => {
    run(post(path, body))
  },
)
find('answering-end', HTMLButtonElement).addEventListener('click', () => {
  answer(null)
  textInput.focus()
})
find('demo', HTMLButtonElement).addEventListener('click', () => {
  post('demo', {}).catch((/** @type {Error} */ reason) => {
    complain(reason.message)
  })
})
numberSelect.addEventListener('change', () => {
  view = { ...view, numberId: numberSelect.value, messages: [] }
  isFirstThread = true
  keepAddress()
  void refresh()
})
find('back', HTMLButtonElement).addEventListener('click', () => void open(null))
find('show-deliveries', HTMLButtonElement).addEventListener('click', () => {
  document.body.dataset.pane = 'deliveries'
})
find('hide-deliveries', HTMLButtonElement).addEventListener('click', () => {
  document.body.dataset.pane =
    view.customerId && matchMedia('(width >= 760px)').matches ? 'chat' : 'customers'
})
addEventListener('popstate', () => {
  void open(new URLSearchParams(location.search).get('customer'), true)
})
addEventListener('focus', readSoon)
document.addEventListener('visibilitychange', readSoon)

if (view.customerId) document.body.dataset.pane = 'chat'
render()
readSoon()
new EventSource('/simulator/stream').addEventListener('changed', () => void refresh())
