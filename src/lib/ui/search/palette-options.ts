import { foldWords } from '#lib/domain/search-snippet.ts'
import type { ContactHit, MessageHit, SearchResults } from '#lib/domain/search-results.ts'
import type { ActionId } from '#lib/domain/shortcuts.ts'

/** One line that can be chosen. */
export type PaletteOption =
  | { kind: 'recent'; key: string; text: string }
  | { kind: 'contact'; key: string; contact: ContactHit }
  | { kind: 'message'; key: string; message: MessageHit }
  | { kind: 'more'; key: string }
  | { kind: 'action'; key: string; id: ActionId; label: string }

export interface PaletteGroup {
  kind: 'recent' | 'contacts' | 'messages' | 'actions'
  options: PaletteOption[]
}

/** What the palette shows, in groups, none of them empty: actions before messages when a name of theirs is typed. */
export function listOptions(
  text: string,
  results: SearchResults,
  recent: readonly string[],
  actions: readonly { id: ActionId; label: string }[],
): PaletteGroup[] {
  const words = foldWords(text)
  const isEmpty = text.trim() === ''
  const fitting = actions.filter(({ label }) => fits(label, words))
  const groups: PaletteGroup[] = [
    {
      kind: 'recent',
      options: isEmpty
        ? recent.map((known) => ({ kind: 'recent', key: `recent:${known}`, text: known }))
        : [],
    },
    {
      kind: 'contacts',
      options: results.contacts.map((contact) => ({
        kind: 'contact',
        key: `contact:${contact.contactId}`,
        contact,
      })),
    },
    {
      kind: 'actions',
      options:
        isEmpty || words.length > 0
          ? fitting.map((action) => ({ kind: 'action', key: `action:${action.id}`, ...action }))
          : [],
    },
    {
      kind: 'messages',
      options: [
        ...results.messages.map((message): PaletteOption => ({
          kind: 'message',
          key: `message:${message.messageId}`,
          message,
        })),
        ...(results.nextBefore === null ? [] : [{ kind: 'more', key: 'more' } as const]),
      ],
    },
  ]
  return groups.filter(({ options }) => options.length > 0)
}

/** Every typed word begins one of the label's. */
function fits(label: string, words: readonly string[]): boolean {
  const own = foldWords(label)
  return words.every((word) => own.some((known) => known.startsWith(word)))
}
