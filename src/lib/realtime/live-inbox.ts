import { createAccessTokenSource } from './access-token.ts'
import { CatchUp, type CatchUpProgress } from './catch-up.ts'
import { RequestFailed } from './inbox-api.ts'
import { type LiveStatus, deafnessGraceMs, describeLiveStatus, noticeableMs } from './live-status.ts'
import { isSameRow } from './rows.ts'
import { openWorkspaceChannel } from './workspace-channel.ts'

/** Safety net for hints that were never given; more often while none can be heard. */
const pollMs = 30_000
const deafPollMs = 5_000
/** A poll may overtake the hint to the same change by this much before the hint counts as missing. */
const lateHintMs = 2_000

export interface LiveInboxOptions<Answer> {
  /** Address and publishable key of the Supabase project; null runs on polls alone. */
  realtime: { url: string; key: string } | null
  workspaceId: string
  ask: () => Promise<Answer>
  /** Brings the answer to the screen and tells whether it held anything new. */
  apply: (answer: Answer) => boolean
  onStatus: (status: LiveStatus) => void
}

export interface LiveInbox {
  /** Asks for changes now. */
  askNow(): void
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
  let statusTimer: ReturnType<typeof setTimeout> | undefined
  let hintTimer: ReturnType<typeof setTimeout> | undefined
  let pollTimer: ReturnType<typeof setTimeout> | undefined
  const listeners = new AbortController()

  const catchUp = new CatchUp<Answer>({
    ask: options.ask,
    apply(answer) {
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

  const channel =
    options.realtime &&
    openWorkspaceChannel({
      url: options.realtime.url,
      publishableKey: options.realtime.key,
      workspaceId: options.workspaceId,
      accessToken: createAccessTokenSource(),
      onJoined() {
        hasJoined = true
        hear()
        catchUp.request()
      },
      onLost() {
        deafSince ??= Date.now()
        updateStatus()
        schedulePoll()
      },
      onBroadcast() {
        catchUp.request()
        hear()
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

  function wake() {
    if (document.visibilityState !== 'visible') return
    catchUp.request()
    channel?.wake()
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
    stop() {
      listeners.abort()
      for (const timer of [statusTimer, hintTimer, pollTimer]) clearTimeout(timer)
      catchUp.stop()
      channel?.close()
    },
  }
}

function describeEnd(failure: unknown): 'signed-out' | 'refused' | null {
  if (!(failure instanceof RequestFailed)) return null
  return failure.kind === 'signed-out' ? 'signed-out' : 'refused'
}
