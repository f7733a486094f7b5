/** What opens from a thread's header. */
export type HeaderPicker = 'assign' | 'labels' | 'snooze' | 'more'

/** What a thread's header does besides acting on the conversation alone. */
export interface ThreadCommands {
  /** Closes it, or opens a closed one again. */
  toggleClosed: () => void
  closeAndNext: () => void
  markUnread: () => void
  /** Null where there is no such pane. */
  toggleContact: (() => void) | null
}
