/**
 * The list of customers.
 *
 * @import { CustomerView } from '../http/view.ts'
 */
import { element } from './dom.js'
import { describeAddress, nameMoment } from './naming.js'

/** @param {string} name */
function initialsOf(name) {
  const words = name.split(/\s+/).filter((word) => /\p{L}/u.test(word))
  const letters = words.slice(0, 2).map((word) => [...word].find((letter) => /\p{L}/u.test(letter)))
  return letters.join('').toUpperCase() || '·'
}

/** @param {string} id */
function hueOf(id) {
  let sum = 0
  for (const letter of id) sum = (sum * 31 + letter.charCodeAt(0)) % 360
  return String(sum)
}

/** @param {HTMLElement} avatar @param {string} name @param {string} id */
export function paintAvatar(avatar, name, id) {
  avatar.textContent = initialsOf(name)
  avatar.style.setProperty('--hue', hueOf(id))
}

/** @param {CustomerView} customer @param {number} now @param {() => void} onOpen */
export function buildPerson(customer, now, onOpen) {
  const avatar = element('span', 'avatar')
  paintAvatar(avatar, customer.name, customer.id)
  avatar.ariaHidden = 'true'
  const name = element('span', 'name', customer.name)
  name.dir = 'auto'
  const isTold = customer.lastText !== null
  const said = `${customer.isLastFromCompany ? 'Company: ' : ''}${customer.lastText ?? ''}`
  const last = element('span', 'last', isTold ? said : describeAddress(customer))
  last.dir = 'auto'
  const side = element('span', 'side', customer.lastAt === null ? '' : nameMoment(customer.lastAt, now))
  if (customer.unread > 0) {
    const unread = element('span', 'unread', String(customer.unread))
    unread.append(element('span', 'hidden', ' unread'))
    side.append(unread)
  }
  const button = element('button', 'person', avatar, element('span', '', name, last), side)
  button.addEventListener('click', onOpen)
  return element('li', '', button)
}
