/** Uploads files of one workspace. */
export interface ImportsApi {
  /** Gives the import's id. */
  begin(file: { fileName: string; byteSize: number }, signal: AbortSignal): Promise<string>
  /** Doing it again does nothing. */
  send(importId: string, place: number, bytes: Blob, signal: AbortSignal): Promise<void>
}

/** The server said no; the message is for the reader. */
export class Refused extends Error {}

/** Asks the server of one workspace. Rejects with Refused, or with anything else when it is out of reach. */
export function createImportsApi(workspaceSlug: string): ImportsApi {
  const base = `/w/${encodeURIComponent(workspaceSlug)}/contacts/import`
  async function post(path: string, type: string, body: BodyInit, signal: AbortSignal): Promise<unknown> {
    const response = await fetch(base + path, {
      method: 'POST',
      headers: { accept: 'application/json', 'content-type': type },
      body,
      signal,
    })
    if (response.ok && !response.redirected) return response.json()
    const told = (await response.json().catch(() => null)) as { message?: string; code?: string } | null
    if (told?.code !== undefined && told.message !== undefined) throw new Refused(told.message)
    throw new Error(`answered with ${String(response.status)}`)
  }
  return {
    begin: async (file, signal) => {
      const answer = await post('/files', 'application/json', JSON.stringify(file), signal)
      return (answer as { importId: string }).importId
    },
    send: async (importId, place, bytes, signal) => {
      await post(`/${importId}/parts?place=${String(place)}`, 'application/octet-stream', bytes, signal)
    },
  }
}
