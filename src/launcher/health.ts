import { z } from 'zod'

const timeLimitMs = 2000
const healthSchema = z.object({ parts: z.record(z.string(), z.string()) })

/** Whether `GET <url>` answers with success. */
export async function isHealthy(url: string): Promise<boolean> {
  const response = await get(url)
  await response?.body?.cancel()
  return response?.ok === true
}

/** What the web process says of one of the parts that it sees; undefined while it says nothing. */
export async function readPartHealth(url: string, part: string): Promise<string | undefined> {
  const response = await get(url)
  const answer: unknown = await response?.json().catch(() => undefined)
  return healthSchema.safeParse(answer).data?.parts[part]
}

async function get(url: string): Promise<Response | undefined> {
  return fetch(url, { signal: AbortSignal.timeout(timeLimitMs) }).catch(() => undefined)
}
