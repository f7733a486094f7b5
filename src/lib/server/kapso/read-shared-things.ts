import type {
  ContactsContent,
  LocationContent,
  OrderContent,
  OrderItem,
  SharedContact,
} from '../../domain/message-content.ts'
import {
  asObject,
  countAt,
  numberAt,
  objectAt,
  objectsAt,
  textAt,
  webAddressAt,
  type JsonObject,
} from './json.ts'
import type { TypedBody } from './message-body.ts'

/** A place. Where its coordinates cannot be, its name and address are at least words. */
export function readLocation(location: JsonObject | undefined): TypedBody<LocationContent> {
  const latitude = numberAt(location, 'latitude')
  const longitude = numberAt(location, 'longitude')
  const name = textAt(location, 'name', 1000) ?? null
  const address = textAt(location, 'address', 1000) ?? null
  if (
    latitude === undefined ||
    longitude === undefined ||
    Math.abs(latitude) > 90 ||
    Math.abs(longitude) > 180
  ) {
    return { text: [name, address].filter((part) => part !== null).join('\n') || null, content: null }
  }
  const url = webAddressAt(location, 'url') ?? null
  return { text: null, content: { kind: 'location', latitude, longitude, name, address, url } }
}

/** People that somebody shared. One without anything to show is left out. */
export function readContacts(contacts: unknown): TypedBody<ContactsContent> {
  // Meta has an array; a single one that came bare is one too.
  const list = asObject(contacts) === undefined ? contacts : [contacts]
  const shared = objectsAt({ list }, 'list', 100)
    .map(readContact)
    .filter((contact) => contact.name !== null || contact.phones.length > 0 || contact.emails.length > 0)
  return { text: null, content: shared.length === 0 ? null : { kind: 'contacts', contacts: shared } }
}

function readContact(contact: JsonObject): SharedContact {
  const name = objectAt(contact, 'name')
  const parts = ['first_name', 'middle_name', 'last_name'].flatMap((part) => textAt(name, part, 200) ?? [])
  return {
    name: textAt(name, 'formatted_name', 500) ?? (parts.length > 0 ? parts.join(' ') : null),
    organization: textAt(objectAt(contact, 'org'), 'company', 500) ?? null,
    phones: objectsAt(contact, 'phones', 20).flatMap((phone) => {
      const number = textAt(phone, 'phone', 50) ?? textAt(phone, 'wa_id', 50)
      return number === undefined ? [] : [{ number, label: textAt(phone, 'type', 50) ?? null }]
    }),
    emails: [
      ...new Set(objectsAt(contact, 'emails', 20).flatMap((email) => textAt(email, 'email', 320) ?? [])),
    ],
  }
}

/** An order from the catalogue; the words are the customer's note. */
export function readOrder(
  order: JsonObject | undefined,
  kapso: JsonObject | undefined,
): TypedBody<OrderContent> {
  const text = textAt(order, 'text', 4096) ?? textAt(kapso, 'order_text', 4096) ?? null
  if (order === undefined) return { text, content: null }
  return {
    text,
    content: {
      kind: 'order',
      catalogId: textAt(order, 'catalog_id', 200) ?? null,
      items: objectsAt(order, 'product_items', 1000).map(readOrderItem),
    },
  }
}

function readOrderItem(item: JsonObject): OrderItem {
  const price = numberAt(item, 'item_price')
  const currency = textAt(item, 'currency')
  return {
    productId: textAt(item, 'product_retailer_id', 200) ?? null,
    quantity: countAt(item, 'quantity') ?? null,
    price: price !== undefined && price >= 0 ? price : null,
    currency: currency !== undefined && /^[A-Z]{3}$/.test(currency) ? currency : null,
  }
}
