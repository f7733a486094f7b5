import type { ClaimedMedia } from '../database/media.ts'
import { parseObject } from '../ingest/read-delivery.ts'
import { createChannelClient } from '../kapso/channel-client.ts'
import { KapsoError } from '../kapso/errors.ts'
import { asObject } from '../kapso/json.ts'
import type { MediaSource } from '../kapso/kapso-event.ts'
import { readKapsoEvent } from '../kapso/read-event.ts'
import type { CopyDependencies } from './copy-dependencies.ts'
import { MediaFailure } from './media-failure.ts'

/** The most addresses of one message that are tried. */
const mostAddresses = 6

/**
 * Reads once more, from the body that it came in, where a file is. The addresses open it for anybody: they stay in this
 * process' memory.
 *
 * @throws MediaFailure where nothing says it any more
 */
export function readSource({ event }: ClaimedMedia): MediaSource {
  if (event.body === null) throw new MediaFailure('gone', 'body_dropped')
  const root = parseObject(event.body)
  const isBatch = root?.['batch'] === true && Array.isArray(root['data'])
  const item = isBatch ? asObject((root['data'] as unknown[])[event.itemIndex]) : root
  const read = item === undefined ? undefined : readKapsoEvent(event.name, item, event.receivedAt)
  if (read?.kind !== 'message' || read.media === null) throw new MediaFailure('gone', 'no_source')
  return read.media
}

/** A place to ask for the file. Each is found out only when the ones before it had nothing. */
export type FindAddress = (signal: AbortSignal) => Promise<string>

/** The places in the order to try: what the body names, then WhatsApp's copy through Kapso. */
export function listPlaces(
  dependencies: CopyDependencies,
  workspaceId: string,
  claimed: ClaimedMedia,
  source: MediaSource,
): FindAddress[] {
  const named = source.urls.slice(0, mostAddresses).map((url) => () => Promise.resolve(url))
  const { mediaId } = source
  if (mediaId === null) return named
  return [...named, (signal) => findById(dependencies, workspaceId, claimed, mediaId, signal)]
}

/** Kapso's API gets the key; what it names is then asked without. */
async function findById(
  dependencies: CopyDependencies,
  workspaceId: string,
  { channel }: ClaimedMedia,
  mediaId: string,
  signal: AbortSignal,
): Promise<string> {
  const kapso = createChannelClient(
    { ...dependencies, timeoutMs: dependencies.times.idleMs },
    { ...channel, channelId: channel.id, workspaceId },
  )
  if (kapso === null) throw new MediaFailure('try_later', 'no_api_key')
  try {
    const address = await kapso.findMediaAddress(channel.phoneNumberId, mediaId, signal)
    if (address === null) throw new MediaFailure('gone', 'gone')
    return address
  } catch (error) {
    if (!(error instanceof KapsoError)) throw error
    const reason =
      error.reason === 'unreachable' || error.reason === 'rate_limited' ? error.reason : 'server_error'
    throw new MediaFailure('try_later', reason)
  }
}
