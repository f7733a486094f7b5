import type { ListSort } from './inbox.ts'

/**
 * What a member chose for themselves. How it is checked: member-preferences-schema.ts, a file of its own so that pages
 * can use this one without loading the checker.
 */
export interface MemberPreferences {
  density: 'comfortable' | 'compact'
  /** Null follows the browser. */
  language: 'en' | 'id' | null
  /** For how long a sent message can be taken back; 0 sends at once. */
  undoSeconds: 0 | 3 | 5
  /** Whether single keys outside of text fields do anything. */
  areKeysOn: boolean
  /** Keys that differ from the default, by action id. */
  keys: Record<string, string>
  /** In CSS pixels; null until the member drags a border. */
  paneWidths: { list: number; contact: number } | null
  sort: ListSort
}

export const defaultPreferences: Readonly<MemberPreferences> = {
  density: 'comfortable',
  language: null,
  undoSeconds: 5,
  areKeysOn: true,
  keys: {},
  paneWidths: null,
  sort: 'newest',
}
