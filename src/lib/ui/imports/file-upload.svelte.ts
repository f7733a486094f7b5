import { importPartBytes } from '#lib/domain/csv/contact-import.ts'
import { Refused } from '../shared/read-answer.ts'
import type { ImportsApi } from './imports-api.ts'

/** A file on its way to the server, part by part. One that stopped goes on where it was. */
export class FileUpload {
  /** Of the file, in bytes. */
  sent = $state(0)
  isSending = $state(false)
  /** What the server said; null for a connection that broke, or where nothing failed. */
  refusal = $state<string | null>(null)
  canGoOn = $state(false)
  file = $state.raw<File | null>(null)
  readonly #api: ImportsApi
  readonly #onDone: (importId: string) => void
  #importId: string | null = null
  #aborter = new AbortController()

  constructor(api: ImportsApi, onDone: (importId: string) => void) {
    this.#api = api
    this.#onDone = onDone
  }

  async start(file: File): Promise<void> {
    this.cancel()
    this.file = file
    await this.goOn()
  }

  async goOn(): Promise<void> {
    const { file } = this
    if (file === null || this.isSending) return
    const { signal } = this.#aborter
    this.isSending = true
    this.canGoOn = false
    try {
      this.#importId ??= await this.#api.begin({ fileName: file.name, byteSize: file.size }, signal)
      for (let from = this.sent; from < file.size; from += importPartBytes) {
        const part = file.slice(from, from + importPartBytes)
        await this.#api.send(this.#importId, from / importPartBytes, part, signal)
        // Whoever cancelled has begun another one.
        if (signal.aborted) return
        this.sent = from + part.size
      }
      this.#onDone(this.#importId)
    } catch (error) {
      if (signal.aborted) return
      if (error instanceof Refused) this.cancel(error.message)
      else this.canGoOn = true
    }
    this.isSending = false
  }

  /** Leaves it, and is ready for another one. */
  cancel(refusal: string | null = null): void {
    this.#aborter.abort()
    this.#aborter = new AbortController()
    this.#importId = null
    this.file = null
    this.sent = 0
    this.isSending = false
    this.canGoOn = false
    this.refusal = refusal
  }
}
