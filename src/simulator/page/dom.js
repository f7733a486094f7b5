/** Small helpers to find, make and renew elements. */

/**
 * @template {Element} T
 * @param {string} id
 * @param {new () => T} kind
 * @returns {T}
 */
export function find(id, kind) {
  const element = document.getElementById(id)
  if (!(element instanceof kind)) throw new Error(`The page has no ${id}`)
  return element
}

/**
 * @param {string} tag
 * @param {string} className
 * @param {...(Node | string)} children
 */
export function element(tag, className, ...children) {
  const made = document.createElement(tag)
  if (className) made.className = className
  made.append(...children)
  return made
}

/**
 * Brings the children of a container in line with a list, touching only what is different.
 *
 * @template T
 * @param {Element} container
 * @param {T[]} items
 * @param {(item: T) => string} keyOf
 * @param {(item: T, isFresh: boolean) => HTMLElement} build
 */
export function renderList(container, items, keyOf, build) {
  /** @type {Map<string, HTMLElement>} */
  const known = new Map()
  for (const child of container.children) {
    if (child instanceof HTMLElement) known.set(child.dataset.key ?? '', child)
  }
  /** @type {Element | null} */
  let previous = null
  for (const item of items) {
    const key = keyOf(item)
    const shape = JSON.stringify(item)
    const old = known.get(key)
    known.delete(key)
    let child = old
    if (!old || old.dataset.shape !== shape) {
      child = build(item, !old)
      child.dataset.key = key
      child.dataset.shape = shape
      const hadFocus = old?.contains(document.activeElement)
      old?.replaceWith(child)
      if (hadFocus) child.querySelector('button')?.focus()
    }
    if (!child) continue
    /** @type {Element | null} */
    const place = previous ? previous.nextElementSibling : container.firstElementChild
    if (place !== child) container.insertBefore(child, place)
    previous = child
  }
  for (const left of known.values()) left.remove()
}
