/**
 * What can go wrong between Kapso and the company, in plain words.
 *
 * @import { View } from '../http/view.ts'
 */
import { call } from './api.js'
import { element, find } from './dom.js'

/** @typedef {{ name: string, label: string, fault: Record<string, unknown> }} Preset */

/** @param {string} name @param {string} label @param {Record<string, unknown>} fault @returns {Preset} */
function preset(name, label, fault) {
  return { name, label, fault }
}

/** @type {[title: string, presets: Preset[]][]} */
const groups = [
  [
    'What the company is told',
    [
      preset('twice', 'Everything comes three times', {
        on: 'delivery',
        kind: 'duplicate',
        copies: 2,
        spreadMs: 3000,
      }),
      preset('again', 'The company’s answer gets lost, so it comes again', {
        on: 'delivery',
        kind: 'lost_answer',
      }),
      preset('mixed', 'Out of order', { on: 'delivery', kind: 'shuffle', size: 8, delayMs: 4000 }),
      preset('late', 'One in three is 20 seconds late', {
        on: 'delivery',
        kind: 'reorder',
        delayMs: 20_000,
        probability: 0.33,
      }),
      preset('lost', 'One in five never comes', { on: 'delivery', kind: 'lose', probability: 0.2 }),
      preset('garbled', 'One in three is garbled', {
        on: 'delivery',
        kind: 'malformed',
        form: 'random',
        probability: 0.33,
      }),
      preset('forged', 'One in three is signed wrongly', {
        on: 'delivery',
        kind: 'bad_signature',
        probability: 0.33,
      }),
      preset('cut', 'The connection breaks half-way', { on: 'delivery', kind: 'cut_off' }),
    ],
  ],
  [
    'What the company sends',
    [
      preset('busy', 'Every second reply is refused: busy', {
        on: 'send',
        kind: 'in_flight',
        probability: 0.5,
      }),
      preset('limit', 'Replies are refused: too many', {
        on: 'send',
        kind: 'rate_limited',
        retryAfterSeconds: 10,
      }),
      preset('error', 'Kapso answers with an error', { on: 'send', kind: 'server_error' }),
      preset('silent', 'The answer times out, though the reply went out', {
        on: 'send',
        kind: 'timeout_after_accepting',
      }),
      preset('fails', 'Replies fail a moment later', { on: 'send', kind: 'fails_later', code: 131026 }),
    ],
  ],
  [
    'Files and lists',
    [
      preset('files', 'Files cannot be fetched', { on: 'media', kind: 'server_error' }),
      preset('slow', 'Files take 8 seconds', { on: 'media', kind: 'slow', delayMs: 8000 }),
      preset('lists', 'Lists of messages answer with an error', { on: 'read', kind: 'server_error' }),
    ],
  ],
]

/** @param {View} view */
function listButtons(view) {
  const [hook] = view.webhooks
  const webhook = hook ? `webhooks/${hook.id}` : ''
  /** @type {[label: string, method: 'POST' | 'PATCH' | 'DELETE', path: string, body?: Record<string, unknown>][]} */
  const buttons = view.outage
    ? [['End the outage', 'DELETE', 'outage']]
    : [
        ['Outage of 1 minute', 'POST', 'outage', { seconds: 60 }],
        ['Outage of 10 minutes', 'POST', 'outage', { seconds: 600 }],
      ]
  buttons.push(['40 messages at once', 'POST', 'burst', { customers: 8, messages: 5 }])
  buttons.push(['Import old chats', 'POST', 'history', { customers: 2, messages: 12 }])
  if (!hook) return buttons
  buttons.push(
    hook.active
      ? ['Pause the webhook', 'PATCH', webhook, { active: false }]
      : ['Switch the webhook on', 'PATCH', webhook, { active: true }],
    hook.isBuffered
      ? ['Stop collecting into batches', 'PATCH', webhook, { bufferEnabled: false }]
      : ['Collect messages into batches', 'PATCH', webhook, { bufferEnabled: true }],
    hook.isRotating
      ? ['Use the new secret only', 'POST', `${webhook}/rotate-secret`, { phase: 'new' }]
      : ['Change the secret', 'POST', `${webhook}/rotate-secret`, { phase: 'both' }],
  )
  return buttons
}

/** @param {Preset} one @param {View} view @param {(action: Promise<unknown>) => void} run */
function buildSwitch({ name, label, fault }, view, run) {
  const input = document.createElement('input')
  input.type = 'checkbox'
  input.setAttribute('role', 'switch')
  const known = view.faults.find((one) => one.name === name)
  input.checked = Boolean(known)
  input.addEventListener('change', () => {
    run(known ? call('DELETE', `faults/${known.id}`) : call('POST', 'faults', { ...fault, name }))
  })
  return element('label', 'fault', element('span', '', label), input)
}

let shape = ''

/**
 * Draws the panel anew when something of it is different.
 *
 * @param {View} view
 * @param {(action: Promise<unknown>) => void} run
 */
export function renderFaults(view, run) {
  const count = find('fault-count', HTMLSpanElement)
  const active = view.faults.length + (view.outage ? 1 : 0)
  count.hidden = active === 0
  count.textContent = String(active)
  const next = JSON.stringify([view.faults, view.outage, view.webhooks])
  if (next === shape) return
  shape = next
  const panel = find('faults', HTMLDivElement)
  const focused = document.activeElement?.closest('label, button')?.textContent
  const buttons = listButtons(view).map(([label, method, path, body]) => {
    const button = element('button', 'quiet small', label)
    button.addEventListener('click', () => {
      run(call(method, path, body))
    })
    return element('li', '', button)
  })
  const sections = groups.map(([title, presets]) =>
    element('section', '', element('h3', '', title), ...presets.map((one) => buildSwitch(one, view, run))),
  )
  const note = view.outage ? element('p', 'badge bad', 'Nothing reaches the company now') : ''
  panel.replaceChildren(
    element('section', '', element('h3', '', 'At once'), note, element('ul', 'choices', ...buttons)),
    ...sections,
  )
  for (const one of panel.querySelectorAll('label, button')) {
    if (one.textContent === focused && one instanceof HTMLElement) {
      const control = one instanceof HTMLLabelElement ? one.querySelector('input') : one
      control?.focus()
    }
  }
}

/** Shows the deliveries or the faults. */
export function prepareTabs() {
  const names = /** @type {const} */ (['deliveries', 'faults'])
  for (const name of names) {
    find(`tab-${name}`, HTMLButtonElement).addEventListener('click', () => {
      document.body.dataset.tab = name
      for (const other of names) {
        find(`tab-${other}`, HTMLButtonElement).ariaPressed = String(other === name)
      }
      find('faults', HTMLDivElement).hidden = name !== 'faults'
    })
  }
}
