/**
 * Bubbles and dividers of a chat.
 *
 * @import { MessageView } from '../http/view.ts'
 */
import { element } from './dom.js'
import { nameDay, timeFormat } from './naming.js'

const tickPaths = {
  pending: 'M9 3.5a5 5 0 1 0 0.1 0M9 5.8v3l2 1.2',
  sent: 'M4 7l4 4 7-8',
  delivered: 'M1 7l4 4 7-8M8 10l1 1 7-8',
  read: 'M1 7l4 4 7-8M8 10l1 1 7-8',
  played: 'M1 7l4 4 7-8M8 10l1 1 7-8',
  failed: 'M9 2v6M9 11v.2',
}

/** @param {keyof typeof tickPaths} status @param {string} label */
function buildTicks(status, label) {
  const svg = document.createElementNS('http://www.w3.org/2000/svg', 'svg')
  svg.setAttribute('viewBox', '0 0 18 13')
  svg.setAttribute('class', `ticks ${status}`)
  svg.setAttribute('role', 'img')
  svg.setAttribute('aria-label', label)
  const path = document.createElementNS('http://www.w3.org/2000/svg', 'path')
  path.setAttribute('d', tickPaths[status])
  svg.append(path)
  return svg
}

/** @param {MessageView} message */
function ticksOf(message) {
  if (message.author !== 'customer') {
    const label = message.status.charAt(0).toUpperCase() + message.status.slice(1)
    return buildTicks(message.status, message.status === 'pending' ? 'On its way' : label)
  }
  if (message.isRead) return buildTicks('read', 'Marked as read by the company')
  return message.isDelivered
    ? buildTicks('delivered', 'Reached the company’s system')
    : buildTicks('sent', 'Sent, not yet accepted by the company’s system')
}

const authors = { customer: '', api: '', bot: 'Bot', business_app: 'Colleague’s phone' }

/** @param {MessageView} message */
function buildMedia(message) {
  if (!message.media) return []
  const address = `/simulator/media/${message.media.id}`
  if (message.type === 'image' || message.type === 'sticker') {
    const image = document.createElement('img')
    image.src = address
    image.alt = message.type === 'image' ? 'Photo' : 'Sticker'
    image.className = message.type
    return [image]
  }
  if (message.type === 'video' || message.type === 'audio') {
    const player = document.createElement(message.type)
    player.src = address
    player.controls = true
    player.preload = 'none'
    player.ariaLabel = message.type === 'video' ? 'Video' : 'Voice message'
    return [player]
  }
  const link = document.createElement('a')
  link.href = address
  link.target = '_blank'
  link.textContent = message.media.fileName
  return [link]
}

/**
 * @param {MessageView} message
 * @param {{ answer: (message: MessageView) => void, react: (message: MessageView, emoji: string) => void }} actions
 */
function buildTools(message, { answer, react }) {
  const reply = element('button', 'tool', 'Reply')
  reply.addEventListener('click', () => {
    answer(message)
  })
  const emojis = ['👍', '❤️'].map((emoji) => {
    const button = element('button', 'tool', emoji)
    button.ariaLabel = `React with ${emoji}`
    button.addEventListener('click', () => {
      react(message, emoji)
    })
    return button
  })
  return element('span', 'tools', reply, ...emojis)
}

/**
 * @param {MessageView} message
 * @param {boolean} isFresh whether it has just come
 * @param {Parameters<typeof buildTools>[1]} actions
 */
export function buildBubble(message, isFresh, actions) {
  const isMine = message.author === 'customer'
  const text = element('span', 'words', message.text || `(${message.type})`)
  text.dir = 'auto'
  const meta = element('span', 'meta', buildTools(message, actions))
  if (message.error) meta.append(element('span', 'problem', message.error))
  meta.append(element('time', '', timeFormat.format(message.at)), ticksOf(message))
  const bubble = element('div', `bubble ${isMine ? 'mine' : 'theirs'}`)
  bubble.dataset.wamid = message.id
  if (isFresh) bubble.classList.add('fresh')
  if (authors[message.author]) bubble.append(element('span', 'by', authors[message.author]))
  if (message.repliesTo !== null) {
    const quote = element('span', 'quote', message.repliesTo)
    quote.dir = 'auto'
    bubble.append(quote)
  }
  bubble.append(...buildMedia(message), text)
  if (message.reactions.length > 0) bubble.append(element('span', 'reactions', message.reactions.join(' ')))
  bubble.append(meta)
  return bubble
}

/** @typedef {{ key: string, divider: string, isSession: boolean } | { key: string, message: MessageView }} Row */

/**
 * Messages with dividers between days and between Kapso's conversations.
 *
 * @param {MessageView[]} messages
 * @param {number} now
 * @returns {Row[]}
 */
export function layRows(messages, now) {
  /** @type {Row[]} */
  const rows = []
  let day = ''
  messages.forEach((message, place) => {
    const today = nameDay(message.at, now)
    if (today !== day) rows.push({ key: `day ${message.id}`, divider: today, isSession: false })
    day = today
    if (message.opensConversation && place > 0) {
      rows.push({ key: `session ${message.id}`, divider: 'New Kapso conversation', isSession: true })
    }
    rows.push({ key: message.id, message })
  })
  return rows
}
