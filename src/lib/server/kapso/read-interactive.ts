import type { MessageDirection } from '../../domain/inbox.ts'
import type { ButtonContent, InteractiveContent } from '../../domain/message-content.ts'
import { asObject, asText, makeStorable, objectAt, objectsAt, textAt, type JsonObject } from './json.ts'
import type { TypedBody } from './message-body.ts'

const mostOptions = 50
const mostFields = 100
const empty = { id: null, description: null, options: [], fields: [] }

/** A reply to a template's button. */
export function readButton(button: JsonObject | undefined): TypedBody<ButtonContent> {
  if (button === undefined) return { text: null, content: null }
  const payload = textAt(button, 'payload', 1000) ?? null
  return { text: textAt(button, 'text', 1000) ?? payload, content: { kind: 'button', payload } }
}

/** Buttons, lists and flows: what the company offered, or what the customer chose. */
export function readInteractive(
  interactive: JsonObject | undefined,
  kapso: JsonObject | undefined,
  direction: MessageDirection,
): TypedBody<InteractiveContent> {
  if (interactive === undefined) return { text: null, content: null }
  if (direction === 'outbound') return readOffer(interactive)
  for (const form of ['button_reply', 'list_reply'] as const) {
    const reply = objectAt(interactive, form)
    if (reply !== undefined) return readChoice(reply, form)
  }
  const flow = objectAt(interactive, 'nfm_reply')
  return flow === undefined ? readOther(interactive) : readFlow(flow, kapso)
}

function readChoice(reply: JsonObject, form: 'button_reply' | 'list_reply'): TypedBody<InteractiveContent> {
  const id = textAt(reply, 'id', 500) ?? null
  return {
    text: textAt(reply, 'title', 1000) ?? id,
    content: {
      ...empty,
      kind: 'interactive',
      form,
      id,
      description: textAt(reply, 'description', 1000) ?? null,
    },
  }
}

/** A filled-in form. WhatsApp puts `Sent` where the words would be; an address form puts the address there. */
function readFlow(flow: JsonObject, kapso: JsonObject | undefined): TypedBody<InteractiveContent> {
  const body = textAt(flow, 'body', 4000)
  const answers = readAnswers(flow['response_json']) ?? objectAt(kapso, 'flow_response')
  return {
    text: body === undefined || body === 'Sent' ? null : body,
    content: {
      ...empty,
      kind: 'interactive',
      form: 'flow_reply',
      description: textAt(kapso, 'flow_name', 200) ?? textAt(flow, 'name', 200) ?? null,
      fields: readFields(answers),
    },
  }
}

function readAnswers(response: unknown): JsonObject | undefined {
  if (typeof response !== 'string') return asObject(response)
  try {
    return asObject(JSON.parse(response))
  } catch {
    return undefined
  }
}

/** The token names the sending of the flow; it is nothing that the customer filled in. */
function readFields(answers: JsonObject | undefined): { name: string; value: string }[] {
  const fields: { name: string; value: string }[] = []
  for (const [name, answer] of Object.entries(answers ?? {})) {
    if (fields.length === mostFields) break
    const value = name === 'flow_token' ? undefined : describeAnswer(answer)
    if (value !== undefined) fields.push({ name: makeStorable(name, 200), value })
  }
  return fields
}

function describeAnswer(answer: unknown): string | undefined {
  if (typeof answer === 'boolean') return String(answer)
  if (!Array.isArray(answer)) return asText(answer, 2000)
  const texts = (answer as unknown[]).slice(0, mostOptions).map((entry) => asText(entry, 500))
  return asText(texts.filter((text) => text !== undefined).join(', '), 2000)
}

/** A reply of a kind that was invented later: what it holds is shown as fields. */
function readOther(interactive: JsonObject): TypedBody<InteractiveContent> {
  const type = textAt(interactive, 'type', 100)
  const reply = type === undefined ? undefined : objectAt(interactive, type)
  return {
    text: textAt(reply, 'title', 1000) ?? textAt(objectAt(interactive, 'body'), 'text', 4000) ?? null,
    content: {
      ...empty,
      kind: 'interactive',
      form: 'other',
      id: textAt(reply, 'id', 500) ?? null,
      description: type ?? null,
      fields: readFields(reply).filter(({ name }) => name !== 'id' && name !== 'title'),
    },
  }
}

/** What the company sent for choosing from. The words are header, body and footer, as the customer saw them. */
function readOffer(interactive: JsonObject): TypedBody<InteractiveContent> {
  const words = ['header', 'body', 'footer'].flatMap(
    (part) => textAt(objectAt(interactive, part), 'text', 4096) ?? [],
  )
  return {
    text: words.length === 0 ? null : words.join('\n'),
    content: {
      ...empty,
      kind: 'interactive',
      form: 'offer',
      options: readOptions(objectAt(interactive, 'action')),
    },
  }
}

function readOptions(action: JsonObject | undefined): string[] {
  const parameters = objectAt(action, 'parameters')
  const labels = [
    ...objectsAt(action, 'buttons', mostOptions).map((button) =>
      textAt(objectAt(button, 'reply'), 'title', 200),
    ),
    ...objectsAt(action, 'sections', mostOptions)
      .flatMap((section) => objectsAt(section, 'rows', mostOptions))
      .map((row) => textAt(row, 'title', 200)),
    textAt(parameters, 'display_text', 200),
    textAt(parameters, 'flow_cta', 200),
  ]
  return labels.filter((label) => label !== undefined).slice(0, mostOptions)
}
