import { deserialize } from '$app/forms'

/** A form was not accepted: codes by field. */
export class ActionRefused extends Error {
  readonly errors: Partial<Record<string, string>>

  constructor(errors: Partial<Record<string, string>>) {
    super('refused')
    this.errors = errors
  }
}

/**
 * Posts what a form would, for what is no form on the page.
 *
 * @param action its address: /w/shop/contacts?/bulk
 * @returns what the action answers
 * @throws ActionRefused, or anything else when the server is out of reach
 */
export async function postAction(
  action: string,
  fields: readonly [name: string, value: string][],
): Promise<Record<string, unknown>> {
  const body = new FormData()
  for (const [name, value] of fields) body.append(name, value)
  const answer = await fetch(action, { method: 'POST', body, headers: { 'x-sveltekit-action': 'true' } })
  const result = deserialize<
    Record<string, unknown>,
    { refused?: { errors?: Partial<Record<string, string>> } }
  >(await answer.text())
  if (result.type === 'success') return result.data ?? {}
  const errors = result.type === 'failure' ? result.data?.refused?.errors : undefined
  throw errors === undefined ? new Error(`answered with ${result.type}`) : new ActionRefused(errors)
}
