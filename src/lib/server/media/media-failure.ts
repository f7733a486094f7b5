import type { MediaReason } from '../../domain/media.ts'

/**
 * Why a file could not be had from one place. `gone`: it is not there any more; `refused`: it is there and is not taken;
 * `try_later`: nothing can be said yet.
 */
export class MediaFailure extends Error {
  override name = 'MediaFailure'
  readonly kind: 'gone' | 'refused' | 'try_later'
  readonly reason: MediaReason
  /** Where it was found, for the log; never the address itself, which opens the file for anybody. */
  readonly host: string | null

  constructor(kind: MediaFailure['kind'], reason: MediaReason, host: string | null = null) {
    super(`${kind}: ${reason}`)
    this.kind = kind
    this.reason = reason
    this.host = host
  }
}
