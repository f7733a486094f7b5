import { readAnswer } from '../shared/read-answer.ts'

/** Uploads files of one workspace. */
export interface ImportsApi {
  /** Gives the import's id. */
  begin(file: { fileName: string; byteSize: number }, signal: AbortSignal): Promise<string>
  /** Doing it again does nothing. */
  send(importId: string, place: number, bytes: Blob, signal: AbortSignal): Promise<void>
}

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
    return readAnswer(response)
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
