import type { ActionId, ShortcutGroup } from '#lib/domain/shortcuts.ts'
import { m } from '#lib/i18n/generated/messages.js'

/** What each action is called. */
export const actionWords: Record<ActionId, () => string> = {
  'list.next': m.search_action_list_next,
  'list.previous': m.search_action_list_previous,
  'list.open': m.search_action_list_open,
  'thread.reply': m.search_action_thread_reply,
  'thread.note': m.search_action_thread_note,
  'thread.assign': m.search_action_thread_assign,
  'thread.label': m.search_action_thread_label,
  'thread.snooze': m.search_action_thread_snooze,
  'thread.close': m.search_action_thread_close,
  'thread.close_next': m.search_action_thread_close_next,
  'thread.unread': m.search_action_thread_unread,
  'thread.back': m.search_action_thread_back,
  'composer.send': m.search_action_composer_send,
  'queue.next': m.search_action_queue_next,
  'queue.previous': m.search_action_queue_previous,
  'queue.merge': m.search_action_queue_merge,
  'queue.different': m.search_action_queue_different,
  'queue.skip': m.search_action_queue_skip,
  'queue.undo': m.search_action_queue_undo,
  'go.open': m.search_action_go_open,
  'go.mine': m.search_action_go_mine,
  'go.unassigned': m.search_action_go_unassigned,
  'go.snoozed': m.search_action_go_snoozed,
  'go.closed': m.search_action_go_closed,
  'go.settings': m.search_action_go_settings,
  'message.new': m.search_action_message_new,
  'search.open': m.search_action_search_open,
  'help.open': m.search_action_help_open,
}

export const groupWords: Record<ShortcutGroup, () => string> = {
  list: m.search_group_list,
  thread: m.search_group_thread,
  composer: m.search_group_composer,
  queue: m.search_group_queue,
  go: m.search_group_go,
  general: m.search_group_general,
}
