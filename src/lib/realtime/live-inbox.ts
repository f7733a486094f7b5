import { CatchUp, type CatchUpProgress } from './catch-up.ts'
import { RequestFailed } from './inbox-api.ts'
import { type LiveStatus, deafnessGraceMs, describeLiveStatus, noticeableMs } from './live-status.ts'
import type { RealtimeConnection } from './realtime-connection.ts'
import { isSameRow } from './rows.ts'
import { openTopicChannels } from './topic-channels.ts'
import { UnseenHints } from './unseen-hints.ts'

/** Safety net for hints that were never given; more often while none can be heard. */
const pollMs = 30_000
const deafPollMs = 5_000
/** A poll may overtake the hint to the same change by this much before the hint counts as missing. */
const lateHintMs = 2_000

export interface LiveInboxOptions<Answer> {
  /** The page's socket; null runs on polls alone. */
  connection: RealtimeConnection | null
  /** The private topics that tell of this member's conversations. */
  topics: readonly string[]
  /** @param heard the transactions that broadcasts told of and no answer held so far */
  ask: (heard: readonly string[]) => Promise<Answer>
  /** Whether the answer was read before what was heard of could be seen. */
  isBehind: (answer: Answer) => boolean
  /** Brings the answer to the screen and tells whether it held anything new. */
  apply: (answer: Answer) => boolean
  onStatus: (status: LiveStatus) => void
  /** The server does not let the page hear one of its topics: the member may see more or less than before. */
  onRefused: () => void
  /** Whether the same member is signed in again; asked when the reader comes back to a page whose session had ended. */
  isSignedInAgain: () => Promise<boolean>
}

export interface LiveInbox {
  /** Asks for changes now. */
  askNow(): void
  /** From now on these topics tell of the member's conversations. */
  listenTo(topics: readonly string[]): void
  stop(): void
}

/**
 * Keeps an inbox current while its page is open: asks for changes at every hint, join, wake-up and focus, and now and
 * then without a reason. Browser only.
 */
export function startLiveInbox<Answer>(options: LiveInboxOptions<Answer>): LiveInbox {
  let progress: CatchUpProgress | null = null
  let offlineSince: number | null = navigator.onLine ? null : Date.now()
  let deafSince: number | null = Date.now()
  let hasJoined = false
  let lastHintAt = 0
  let status: LiveStatus = { kind: 'connecting' }
  let isAskingBack = false
  let statusTimer: ReturnType<typeof setTimeout> | undefined
  let hintTimer: ReturnType<typeof setTimeout> | undefined
  let pollTimer: ReturnType<typeof setTimeout> | undefined
  let behindTimer: ReturnType<typeof setTimeout> | undefined
  const listeners = new AbortController()

  const unseen = new UnseenHints()

  const catchUp = new CatchUp<Answer>({
    ask: () => options.ask(unseen.ask()),
    apply(answer) {
      const pause = unseen.answer(options.isBehind(answer))
      clearTimeout(behindTimer)
      if (pause !== null)
        behindTimer = setTimeout(() => {
          catchUp.request()
        }, pause)
      const askedAt = progress?.behindSince ?? Date.now()
      if (options.apply(answer)) expectHint(askedAt)
    },
    isWorthRetrying: (failure) =>
      !(failure instanceof RequestFailed) || failure.kind === 'unreachable' || failure.kind === 'broken',
    onProgress(news) {
      progress = news
      updateStatus()
    },
  })

  const channels =
    options.connection &&
    openTopicChannels({
      connection: options.connection,
      topics: options.topics,
      onJoined(isWhole) {
        if (isWhole) {
          hasJoined = true
          hear()
        }
        catchUp.request()
      },
      onLost(isRefused) {
        deafSince ??= Date.now()
        updateStatus()
        schedulePoll()
        if (isRefused) options.onRefused()
      },
      onBroadcast(isWhole, xid) {
        if (xid !== null) unseen.hear(xid)
        catchUp.request()
        if (isWhole) hear()
      },
    })

  function hear() {
    lastHintAt = Date.now()
    if (deafSince === null) return
    deafSince = null
    updateStatus()
    schedulePoll()
  }

  /** News that only a poll brought prove that the channel is deaf, whatever it says itself. */
  function expectHint(askedAt: number) {
    clearTimeout(hintTimer)
    hintTimer = setTimeout(() => {
      if (lastHintAt >= askedAt - lateHintMs) return
      deafSince ??= askedAt
      updateStatus()
      schedulePoll()
    }, lateHintMs)
  }

  function schedulePoll() {
    clearTimeout(pollTimer)
    pollTimer = setTimeout(
      () => {
        if (document.visibilityState === 'visible') catchUp.request()
        schedulePoll()
      },
      deafSince === null ? pollMs : deafPollMs,
    )
  }

  async function comeBack() {
    if (isAskingBack) return
    isAskingBack = true
    const isBack = await options.isSignedInAgain()
    isAskingBack = false
    if (!isBack || hasStopped()) return
    catchUp.revive()
    channels?.wake()
  }

  function hasStopped() {
    return listeners.signal.aborted
  }

  function wake() {
    if (document.visibilityState !== 'visible') return
    if (status.kind === 'signed-out') {
      void comeBack()
      return
    }
    catchUp.request()
    channels?.wake()
  }

  function updateStatus() {
    const facts = {
      now: Date.now(),
      offlineSince,
      endedBy: describeEnd(progress?.endedBy),
      deafSince,
      hasJoined,
      behindSince: progress?.behindSince ?? null,
      failingSince: progress?.failingSince ?? null,
      lagMs: progress?.lagMs ?? null,
    }
    const next = describeLiveStatus(facts)
    if (!isSameRow(status, next)) options.onStatus((status = next))
    clearTimeout(statusTimer)
    if (facts.behindSince !== null || facts.deafSince !== null) {
      const dueIn = facts.behindSince === null ? deafnessGraceMs : noticeableMs
      if (status.kind === 'live' || status.kind === 'connecting')
        statusTimer = setTimeout(updateStatus, dueIn + 50)
    }
  }

  const { signal } = listeners
  document.addEventListener('visibilitychange', wake, { signal })
  window.addEventListener('focus', wake, { signal })
  window.addEventListener('pageshow', wake, { signal })
  window.addEventListener(
    'online',
    () => {
      offlineSince = null
      updateStatus()
      wake()
    },
    { signal },
  )
  window.addEventListener(
    'offline',
    () => {
      offlineSince ??= Date.now()
      updateStatus()
    },
    { signal },
  )
  catchUp.request()
  schedulePoll()

  return {
    askNow: () => {
      catchUp.request()
    },
    listenTo(topics) {
      channels?.listenTo(topics)
    },
    stop() {
      listeners.abort()
      for (const timer of [statusTimer, hintTimer, pollTimer, behindTimer]) clearTimeout(timer)
      catchUp.stop()
      channels?.close()
    },
  }
}

function describeEnd(failure: unknown): 'signed-out' | 'refused' | null {
  if (!(failure instanceof RequestFailed)) return null
  return failure.kind === 'signed-out' ? 'signed-out' : 'refused'
}
