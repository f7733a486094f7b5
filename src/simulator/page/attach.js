/**
 * What a customer can send besides words.
 *
 * @import { MessageView } from '../http/view.ts'
 */
import { element, find } from './dom.js'

/** @type {[label: string, body: Record<string, unknown>, path?: string][]} */
const attachments = [
  ['Photo', { sample: 'image' }],
  ['Ten photos', { count: 10 }, 'album'],
  ['Video', { sample: 'video' }],
  ['Voice message', { sample: 'voice' }],
  ['Document', { sample: 'document' }],
  ['Sticker', { sample: 'sticker_animated' }],
  ['Location', { sample: 'location' }],
  ['Contact', { sample: 'contacts' }],
  ['Button tapped', { sample: 'button_reply' }],
  ['List choice', { sample: 'list_reply' }],
  ['Form filled in', { sample: 'flow_reply' }],
  ['Order', { sample: 'order' }],
  ['Forwarded text', { text: 'Titipan dari kakak', forwarded: true }],
  ['From an ad', { text: 'Halo, saya lihat iklannya', referral: true }],
  ['Unsupported', { sample: 'unsupported' }],
  ['New kind', { sample: 'invented' }],
  ['Photo that is gone', { sample: 'image', media: 'gone' }],
  ['Photo too big', { sample: 'image', media: 'too_big' }],
]

/** Those that a colleague can send from the phone, too. */
const forColleagues = new Set([
  'Photo',
  'Video',
  'Voice message',
  'Document',
  'Sticker',
  'Location',
  'Contact',
])

/** @param {HTMLButtonElement} button @param {HTMLElement} list @param {boolean} isOpen */
export function toggleList(button, list, isOpen) {
  list.hidden = !isOpen
  button.ariaExpanded = String(isOpen)
}

/**
 * @param {() => boolean} isCustomer whether the customer writes, and not the colleague
 * @param {(path: string, body: Record<string, unknown>) => void} send
 */
export function prepareAttachments(isCustomer, send) {
  const button = find('attach', HTMLButtonElement)
  const list = find('attach-list', HTMLUListElement)
  button.addEventListener('click', () => {
    const shown = attachments.filter(([label]) => isCustomer() || forColleagues.has(label))
    list.replaceChildren(
      ...shown.map(([label, body, path = 'messages']) => {
        const choice = element('button', 'quiet small', label)
        choice.setAttribute('type', 'button')
        choice.addEventListener('click', () => {
          toggleList(button, list, false)
          button.focus()
          send(path, body)
        })
        return element('li', '', choice)
      }),
    )
    toggleList(button, list, list.hidden === true)
    if (!list.hidden) list.querySelector('button')?.focus()
  })
  list.addEventListener('keydown', (event) => {
    if (event.key !== 'Escape') return
    toggleList(button, list, false)
    button.focus()
  })
}

/** @param {MessageView | null} message the one that the next words answer */
export function showAnswering(message) {
  find('answering', HTMLParagraphElement).hidden = message === null
  const text = find('answering-text', HTMLSpanElement)
  text.textContent = message ? `Answers: ${message.text || message.type}` : ''
  text.dir = 'auto'
}
