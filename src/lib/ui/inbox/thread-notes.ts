import type { Person, ThreadNote } from '#lib/domain/inbox.ts'
import { m } from '#lib/i18n/generated/messages.js'
import { RequestFailed } from '#lib/realtime/inbox-api.ts'
import type { Toast } from '../shared/toasts.svelte.ts'
import { describeActionFailure } from './conversation-actions.ts'
import { createReference } from './create-reference.ts'
import type { AskConversation } from './thread-requests.ts'
import type { ThreadState } from './thread-state.svelte.ts'

/** A note of this page that the server has not confirmed. */
export interface LocalNote extends ThreadNote {
  /** Why it rests; null while it is under way. */
  problem: string | null
}

export interface ThreadNotesOptions {
  ask: AskConversation
  thread: ThreadState
  me: Person
  toasts: { show(toast: Omit<Toast, 'id'>): void }
}

/** What its reader does to a thread's notes: shown at once, and kept until the server has it. */
export class ThreadNotes {
  readonly #options: ThreadNotesOptions

  constructor(options: ThreadNotesOptions) {
    this.#options = options
  }

  /** Writes a note. Its reference stays the same over all attempts: no answer lost on the way makes two of it. */
  add(body: string, mentionedIds: string[]): void {
    const { thread, me } = this.#options
    const clientReference = createReference()
    const note: LocalNote = {
      id: clientReference,
      conversationId: thread.conversationId,
      author: me,
      body,
      mentionedIds,
      clientReference,
      createdAt: afterTheLast(thread),
      editedAt: null,
      isDeleted: false,
      problem: null,
    }
    thread.localNotes = [...thread.localNotes, note]
    void this.#save(note)
  }

  retry(note: LocalNote): void {
    this.#tell(note, null)
    void this.#save(note)
  }

  /** Gives up a note that was not saved: its words go back to where notes are written. */
  takeBack(note: LocalNote): void {
    const { thread } = this.#options
    thread.localNotes = thread.localNotes.filter(({ id }) => id !== note.id)
    thread.noteDraft = thread.noteDraft ? `${note.body}\n${thread.noteDraft}` : note.body
  }

  /** @returns whether it was saved; if not, the reader was told why */
  async edit(note: ThreadNote, body: string, mentionedIds: string[]): Promise<boolean> {
    const editedAt = new Date().toISOString()
    return this.#change(note, { ...note, body, mentionedIds, editedAt }, () =>
      this.#options.ask(note.conversationId, `notes/${note.id}`, 'PATCH', { body, mentionedIds }),
    )
  }

  async delete(note: ThreadNote): Promise<boolean> {
    return this.#change(note, { ...note, body: '', mentionedIds: [], isDeleted: true }, () =>
      this.#options.ask(note.conversationId, `notes/${note.id}`, 'DELETE'),
    )
  }

  async #change(before: ThreadNote, after: ThreadNote, send: () => Promise<unknown>): Promise<boolean> {
    const { thread, toasts } = this.#options
    thread.receiveExtras([after], [])
    try {
      const answer = await send()
      if (isNote(answer)) thread.receiveExtras([answer], [])
      return true
    } catch (failure) {
      thread.receiveExtras([before], [])
      toasts.show({ tone: 'error', text: describeActionFailure(failure) })
      return false
    }
  }

  async #save({ conversationId, clientReference, body, mentionedIds, id }: LocalNote): Promise<void> {
    const { thread, ask } = this.#options
    try {
      const answer = await ask(conversationId, 'notes', 'POST', { clientReference, body, mentionedIds })
      if (isNote(answer)) thread.receiveExtras([answer], [])
      thread.localNotes = thread.localNotes.filter((local) => local.id !== id)
    } catch (failure) {
      const local = thread.localNotes.find((note) => note.id === id)
      if (local) this.#tell(local, describeSaveFailure(failure))
    }
  }

  #tell(note: LocalNote, problem: string | null): void {
    const { thread } = this.#options
    thread.localNotes = thread.localNotes.map((local) =>
      local.id === note.id ? { ...local, problem } : local,
    )
  }
}

/** The notes of a thread with those on their way. */
export function withLocalNotes(notes: readonly ThreadNote[], local: readonly LocalNote[]): ThreadNote[] {
  if (local.length === 0) return [...notes]
  const arrived = new Set(notes.map(({ clientReference }) => clientReference))
  return [...notes, ...local.filter(({ clientReference }) => !arrived.has(clientReference))]
}

/** A clock that is wrong must not put a note among what was said before it. */
function afterTheLast(thread: ThreadState): string {
  const last = thread.messages.at(-1)?.occurredAt
  const now = new Date().toISOString()
  return last !== undefined && last > now ? last : now
}

function describeSaveFailure(failure: unknown): string {
  const isRefused = failure instanceof RequestFailed && failure.kind === 'refused' && failure.message !== ''
  if (isRefused) return failure.message
  if (failure instanceof RequestFailed && failure.kind === 'signed-out') return m.thread_action_signed_out()
  return m.thread_note_no_answer()
}

function isNote(value: unknown): value is ThreadNote {
  return typeof value === 'object' && value !== null && 'body' in value && 'clientReference' in value
}
