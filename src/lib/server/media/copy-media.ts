import { mkdtemp, readdir, rm, stat } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { mediaByteLimits } from '../../domain/media.ts'
import {
  attachFile,
  claimMedia,
  closeMedia,
  copyMediaJob,
  hasFile,
  holdMedia,
  postponeMedia,
  type ClaimedMedia,
  type MediaAttempt,
  type StoredFile,
} from '../database/media.ts'
import { errorFields } from '../log.ts'
import type { CopyMediaJob } from '../queue/queue.ts'
import { createHostRule } from './allowed-hosts.ts'
import type { CopyDependencies } from './copy-dependencies.ts'
import { describeFile } from './describe-file.ts'
import { download, type Downloaded } from './download.ts'
import { checkType, servedType, sniffType } from './file-type.ts'
import { listPlaces, readSource } from './find-sources.ts'
import { MediaFailure } from './media-failure.ts'

const directoryPrefix = 'my21staff-media-'

/**
 * Brings the file of a message into Storage: claims it, downloads and checks it, stores it, and says so. May be run any
 * number of times, by several workers at once: equal bytes have one path, and only the newest attempt is heard.
 *
 * Rejects only when the database is to blame; the sweep then comes back to it.
 */
export async function copyMedia(
  dependencies: CopyDependencies,
  job: CopyMediaJob,
  signal?: AbortSignal,
): Promise<void> {
  const { asSystem, times, retries } = dependencies
  const claimed = await asSystem((database) => claimMedia(database, job, times.leaseMs))
  if (claimed === undefined) return
  const media: MediaAttempt = { ...job, attempt: claimed.attempt }

  const release = holdClaim(dependencies, media)
  const outcome = await copyOnce(dependencies, job, claimed, signal)
    .catch((error: unknown) => toFailure(dependencies, media, error))
    .finally(release)

  const { log } = dependencies
  if (!(outcome instanceof MediaFailure)) {
    await asSystem((database) => attachFile(database, media, outcome.sha256, outcome.file))
    return
  }
  const { kind, reason, host } = outcome
  log.info({ kind: 'copy-media', ...media, reason, host }, `not copied: ${kind}`)
  await asSystem(async (database, enqueue) => {
    if (kind === 'gone') return closeMedia(database, media, 'expired', reason)
    if (kind === 'refused') return closeMedia(database, media, 'refused', reason)
    if (media.attempt >= retries.maxAttempts) return closeMedia(database, media, 'failed', reason)
    const backoff = Math.min(retries.longestDelayMs, retries.firstDelayMs * 2 ** (media.attempt - 1))
    const delayMs = Math.round(backoff * (0.5 + (dependencies.random ?? Math.random)() / 2))
    await postponeMedia(database, media, delayMs)
    enqueue(copyMediaJob(job, delayMs))
  })
}

/** Keeps the claim as long as this process works on it. The returned function ends that, and waits for what is under way. */
function holdClaim({ asSystem, times, log }: CopyDependencies, media: MediaAttempt): () => Promise<void> {
  let renewal = Promise.resolve()
  const timer = setInterval(() => {
    renewal = renewal
      .then(() => asSystem((database) => holdMedia(database, media, times.leaseMs)))
      .catch((error: unknown) => {
        log.warn({ kind: 'copy-media', ...media, ...errorFields(error) }, 'the claim was not renewed')
      })
  }, times.renewMs)
  return () => {
    clearInterval(timer)
    return renewal
  }
}

function toFailure({ log }: CopyDependencies, media: MediaAttempt, error: unknown): MediaFailure {
  if (error instanceof MediaFailure) return error
  log.error({ kind: 'copy-media', ...media, ...errorFields(error) }, 'copying failed')
  return new MediaFailure('try_later', 'interrupted')
}

interface Copied {
  sha256: string
  /** Null where the workspace had these bytes already. */
  file: StoredFile | null
}

async function copyOnce(
  dependencies: CopyDependencies,
  { workspaceId }: CopyMediaJob,
  claimed: ClaimedMedia,
  jobSignal: AbortSignal | undefined,
): Promise<Copied> {
  // Tries that never came to an end, because the worker died of it each time.
  if (claimed.attempt > dependencies.retries.maxAttempts) throw new MediaFailure('try_later', 'interrupted')
  const deadline = AbortSignal.timeout(dependencies.times.attemptMs)
  const signal = jobSignal === undefined ? deadline : AbortSignal.any([deadline, jobSignal])
  const directory = await mkdtemp(join(tmpdir(), directoryPrefix))
  try {
    const path = join(directory, 'file')
    const fetched = await fetchFile(dependencies, workspaceId, claimed, path, signal)
    const isKnown = await dependencies.asSystem((database) =>
      hasFile(database, workspaceId, fetched.sha256, claimed.kind),
    )
    const file = isKnown ? null : await store(dependencies, workspaceId, claimed, path, fetched, signal)
    return { sha256: fetched.sha256, file }
  } finally {
    await rm(directory, { recursive: true, force: true })
  }
}

type Fetched = Downloaded & { mimeType: string }

/** The first place that has the file. Where none has, what gives most hope decides: to try later, then what was refused. */
async function fetchFile(
  dependencies: CopyDependencies,
  workspaceId: string,
  claimed: ClaimedMedia,
  path: string,
  signal: AbortSignal,
): Promise<Fetched> {
  const source = readSource(claimed)
  const hosts = createHostRule(claimed.channel.apiUrl ?? dependencies.kapsoApiUrl, dependencies.mediaHosts)
  const failures: MediaFailure[] = []
  for (const findAddress of listPlaces(dependencies, workspaceId, claimed, source)) {
    try {
      const downloaded = await download(await findAddress(signal), path, {
        hosts,
        byteLimit: mediaByteLimits[claimed.kind],
        idleMs: dependencies.times.idleMs,
        signal,
        ...(dependencies.lookup === undefined ? {} : { lookup: dependencies.lookup }),
      })
      const mimeType = await sniffType(path)
      checkType(claimed.kind, mimeType, source.declaredMimeType)
      return { ...downloaded, mimeType }
    } catch (error) {
      if (!(error instanceof MediaFailure)) throw error
      failures.push(error)
    }
  }
  const order = ['try_later', 'refused', 'gone']
  failures.sort((one, other) => order.indexOf(one.kind) - order.indexOf(other.kind))
  throw failures[0] ?? new MediaFailure('gone', 'no_source')
}

/** Paths are made of the bytes: a copy that is done again meets itself. */
async function store(
  { store: storage, log, takeDecodingTurn }: CopyDependencies,
  workspaceId: string,
  { kind }: ClaimedMedia,
  path: string,
  { sha256, byteSize, mimeType }: Fetched,
  signal: AbortSignal,
): Promise<StoredFile> {
  const { thumbnail, ...facts } = await describeFile(
    path,
    { kind, mimeType, byteSize },
    { log, takeDecodingTurn },
  )
  const storagePath = `${workspaceId}/${sha256}`
  const thumbnailPath = thumbnail === null ? null : `${storagePath}.thumbnail.webp`
  await storage.upload(storagePath, path, servedType(mimeType), signal)
  if (thumbnail !== null && thumbnailPath !== null) {
    await storage.upload(thumbnailPath, thumbnail, 'image/webp', signal)
  }
  return { ...facts, sha256, byteSize, mimeType, storagePath, thumbnailPath }
}

/** Removes what workers that died have left in the directory for temporary files. */
export async function removeAbandonedDownloads(olderThanMs = 60 * 60_000): Promise<void> {
  for (const name of await readdir(tmpdir())) {
    if (!name.startsWith(directoryPrefix)) continue
    const path = join(tmpdir(), name)
    const found = await stat(path).catch(() => null)
    if (found !== null && Date.now() - found.mtimeMs > olderThanMs)
      await rm(path, { recursive: true, force: true })
  }
}
