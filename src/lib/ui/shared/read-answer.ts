/** The server said no; the message is for the reader. */
export class Refused extends Error {}

/**
 * What an endpoint answered as JSON.
 *
 * @throws Refused, or anything else when the server is out of reach
 */
export async function readAnswer(response: Response): Promise<unknown> {
  if (response.ok && !response.redirected) return response.json()
  const told = (await response.json().catch(() => null)) as { code?: string; message?: string } | null
  if (told?.code !== undefined && told.message !== undefined) throw new Refused(told.message)
  throw new Error(`answered with ${String(response.status)}`)
}
