import type { ConversationState, ConversationSummary, Person, SnoozeKind } from '#lib/domain/inbox.ts'
import { createContext } from 'svelte'
import { m } from '#lib/i18n/generated/messages.js'
import { RequestFailed } from '#lib/realtime/inbox-api.ts'
import type { Toast } from '../shared/toasts.svelte.ts'
import type { ConversationPatch } from './conversation-book.ts'
import type { AskConversation, Method } from './thread-requests.ts'

/** What of the inbox's store the actions change. */
export interface ConversationHolder {
  conversation(id: string): ConversationSummary | undefined
  /** Shows it at once; returns how to take it back. */
  patchConversation(id: string, patch: ConversationPatch): () => void
}

export interface ConversationActionsOptions {
  ask: AskConversation
  store: ConversationHolder
  toasts: { show(toast: Omit<Toast, 'id'>): void }
  /** The reader. */
  me: Person
}

export type Team = NonNullable<ConversationSummary['team']>
export interface SnoozeUntil {
  kind: SnoozeKind
  /** ISO 8601, of a kind that wakes by the clock; the server works out the window's. */
  until: string | null
}

/** What can be done to a conversation from whatever place of the inbox. */
export class ConversationActions {
  /** For what else a thread asks the server. */
  readonly ask: AskConversation
  readonly #options: ConversationActionsOptions
  /** Requests about one conversation go one after the other, in the order in which they were made. */
  readonly #lines = new Map<string, Promise<unknown>>()

  constructor(options: ConversationActionsOptions) {
    this.ask = options.ask
    this.#options = options
  }

  /** Gives it to a person, or to nobody. */
  assign(id: string, assignee: Person | null): Promise<boolean> {
    const before = this.#options.store.conversation(id)?.assignee ?? null
    if (before?.id === assignee?.id) return Promise.resolve(true)
    return this.#change(id, {
      patch: { assignee, assignedReason: assignee === null ? null : 'assigned' },
      send: ['assignment', 'POST', { assigneeId: assignee?.id ?? null }],
      done: assignee === null ? m.thread_unassigned_done() : m.thread_assigned_done({ name: assignee.name }),
      undo: () => this.assign(id, before),
    })
  }

  /** Hands it to a team, or takes it from one; who has it stays. */
  assignTeam(id: string, team: Team | null): Promise<boolean> {
    const before = this.#options.store.conversation(id)
    if (!before || before.team?.id === team?.id) return Promise.resolve(before !== undefined)
    return this.#change(id, {
      patch: { team },
      send: ['assignment', 'POST', { assigneeId: before.assignee?.id ?? null, teamId: team?.id ?? null }],
      done: team === null ? m.thread_team_removed_done() : m.thread_team_done({ team: team.name }),
      undo: () => this.assignTeam(id, before.team),
    })
  }

  /** Takes what nobody has. When a colleague was faster, it is theirs, and the reader is told. */
  claim(id: string): Promise<boolean> {
    return this.#change(id, {
      patch: { assignee: this.#options.me, assignedReason: 'claimed' },
      send: ['claim', 'POST', {}],
      refused: (refusal) => {
        const winner = readPerson(refusal.body['assignee'])
        if (refusal.code !== 'claimed' || winner === null) return false
        this.#options.store.patchConversation(id, { assignee: winner, assignedReason: 'claimed' })
        this.#options.toasts.show({ tone: 'info', text: m.thread_claimed_by_other({ name: winner.name }) })
        return true
      },
    })
  }

  /** Open, pending or closed; to snooze is `snooze`. */
  setState(id: string, state: Exclude<ConversationState, 'snoozed'>): Promise<boolean> {
    const words = {
      open: m.thread_opened_done,
      pending: m.thread_pending_done,
      closed: m.thread_closed_done,
    }
    return this.#change(id, {
      patch: { state, snoozeKind: null, snoozedUntil: null },
      send: ['state', 'POST', { state }],
      done: words[state](),
      undo: this.#undoState(id),
    })
  }

  close(id: string): Promise<boolean> {
    return this.setState(id, 'closed')
  }

  reopen(id: string): Promise<boolean> {
    return this.setState(id, 'open')
  }

  snooze(id: string, { kind, until }: SnoozeUntil): Promise<boolean> {
    return this.#change(id, {
      patch: { state: 'snoozed', snoozeKind: kind, snoozedUntil: until },
      send: ['state', 'POST', { state: 'snoozed', snoozeKind: kind, snoozedUntil: until }],
      done: m.thread_snoozed_done(),
      undo: this.#undoState(id),
    })
  }

  /** The labels it has from now on. */
  setLabels(id: string, labelIds: string[]): Promise<boolean> {
    return this.#change(id, { patch: { labelIds }, send: ['labels', 'PUT', { labelIds }] })
  }

  /** The bot is silent from now on. */
  takeOver(id: string): Promise<boolean> {
    return this.#bot(id, 'take_over')
  }

  giveBack(id: string): Promise<boolean> {
    return this.#bot(id, 'give_back')
  }

  /**
   * Makes it unread for the reader.
   * @param messageId the first unread message
   * @param unreadCount how many that makes, as far as the page knows
   */
  markUnread(id: string, messageId: string, unreadCount = 1): Promise<boolean> {
    return this.#change(id, { patch: { unreadCount }, send: ['unread', 'POST', { messageId }] })
  }

  #bot(id: string, action: 'take_over' | 'give_back'): Promise<boolean> {
    const state = action === 'take_over' ? 'paused' : 'active'
    return this.#change(id, {
      patch: { bot: { state, reason: action === 'take_over' ? 'taken_over' : null, since: null } },
      send: ['bot', 'POST', { action }],
      done: action === 'take_over' ? m.thread_bot_taken_over_done() : m.thread_bot_given_back_done(),
      undo: () => this.#bot(id, action === 'take_over' ? 'give_back' : 'take_over'),
    })
  }

  /** How to lead back to the state that it has now. */
  #undoState(id: string): () => Promise<boolean> {
    const before = this.#options.store.conversation(id)
    return () => {
      if (!before) return Promise.resolve(false)
      const { state, snoozeKind, snoozedUntil } = before
      if (state !== 'snoozed') return this.setState(id, state)
      return this.snooze(id, { kind: snoozeKind ?? 'reply', until: snoozedUntil })
    }
  }

  /**
   * Shows the outcome at once, asks the server, and puts back what was not done.
   * @returns whether it was done
   */
  async #change(id: string, change: Change): Promise<boolean> {
    const { store, toasts, ask } = this.#options
    if (!store.conversation(id)) return false
    const putBack = store.patchConversation(id, change.patch)
    if (change.done !== undefined) {
      const { undo } = change
      toasts.show({
        tone: 'info',
        text: change.done,
        ...(undo ? { action: { label: m.thread_undo(), run: () => void undo() } } : {}),
      })
    }
    const [path, method, body] = change.send
    const earlier = this.#lines.get(id) ?? Promise.resolve()
    const answer = earlier.catch(() => null).then(() => ask(id, path, method, body))
    this.#lines.set(id, answer)
    try {
      await answer
      return true
    } catch (failure) {
      putBack()
      if (failure instanceof RequestFailed && change.refused?.(failure)) return false
      toasts.show({ tone: 'error', text: describeActionFailure(failure) })
      return false
    }
  }
}

interface Change {
  patch: ConversationPatch
  send: [path: string, method: Method, body: unknown]
  /** Said at once. */
  done?: string
  undo?: () => Promise<boolean>
  /** Deals with a clear no; tells whether it did. */
  refused?: (refusal: RequestFailed) => boolean
}

/** Why something that was done on screen did not come to be, and what the reader can do. */
export function describeActionFailure(failure: unknown): string {
  if (!(failure instanceof RequestFailed)) return m.thread_action_failed()
  if (failure.kind === 'signed-out') return m.thread_action_signed_out()
  if (failure.kind === 'unreachable') return m.thread_action_unreachable()
  if (failure.status === 403 || failure.status === 404) return m.thread_action_not_allowed()
  return failure.kind === 'refused' && failure.message !== '' ? failure.message : m.thread_action_failed()
}

function readPerson(value: unknown): Person | null {
  if (typeof value !== 'object' || value === null) return null
  const { id, name } = value as Partial<Person>
  return typeof id === 'string' && typeof name === 'string' ? { id, name } : null
}

export const [getActions, setActions] = createContext<ConversationActions>()
