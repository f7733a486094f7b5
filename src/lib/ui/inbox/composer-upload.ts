import type { Upload } from '#lib/domain/composer.ts'

/** The file did not get to the Storage; `isCancelled` where that was wanted. */
export class UploadFailed extends Error {
  readonly isCancelled: boolean

  constructor(isCancelled: boolean) {
    super(isCancelled ? 'The upload was cancelled' : 'The upload failed')
    this.name = 'UploadFailed'
    this.isCancelled = isCancelled
  }
}

/**
 * Puts a file where the server said. Not `fetch`, which tells nothing of how far an upload is.
 * @param onProgress the part that is there, from 0 to 1
 * @throws UploadFailed
 */
export function putFile(
  { url, headers }: Pick<Upload, 'url' | 'headers'>,
  file: Blob,
  onProgress: (part: number) => void,
  signal: AbortSignal,
): Promise<void> {
  return new Promise((resolve, reject) => {
    const request = new XMLHttpRequest()
    const fail = () => {
      reject(new UploadFailed(signal.aborted))
    }
    request.open('PUT', url)
    for (const [name, value] of Object.entries(headers)) request.setRequestHeader(name, value)
    request.upload.onprogress = ({ loaded, total }) => {
      if (total > 0) onProgress(loaded / total)
    }
    request.onload = () => {
      if (request.status >= 200 && request.status < 300) resolve()
      else fail()
    }
    request.onerror = fail
    request.onabort = fail
    signal.addEventListener('abort', () => {
      request.abort()
    })
    if (signal.aborted) fail()
    else request.send(file)
  })
}
