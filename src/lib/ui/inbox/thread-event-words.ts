import type { ThreadEvent } from '#lib/domain/inbox.ts'
import { m } from '#lib/i18n/generated/messages.js'

/** How the ids in an event's details are called; null for those that are gone. */
export interface EventNames {
  member(id: string): string | null
  team(id: string): string | null
  label(id: string): string | null
  /** A moment, in words. */
  time(moment: string): string
}

/** What was done, as one line. */
export function describeEvent(event: ThreadEvent, names: EventNames): string {
  const actor = event.actor?.name ?? null
  const detail = (key: string) => {
    const value = event.details[key]
    return typeof value === 'string' ? value : null
  }
  switch (event.kind) {
    case 'assigned':
      return describeAssigned(event, names)
    case 'unassigned': {
      const from = detail('fromId')
      if (detail('reason') === 'member_left')
        return m.thread_event_handed_over_left({
          name: (from === null ? null : names.member(from)) ?? m.thread_somebody(),
        })
      return actor === null ? m.thread_event_unassigned_auto() : m.thread_event_unassigned({ actor })
    }
    case 'team_changed': {
      const id = detail('teamId')
      if (id === null)
        return actor === null ? m.thread_event_team_none_auto() : m.thread_event_team_none({ actor })
      const team = names.team(id) ?? m.thread_a_team()
      return actor === null ? m.thread_event_team_auto({ team }) : m.thread_event_team({ actor, team })
    }
    case 'closed':
      return actor === null ? m.thread_event_closed_auto() : m.thread_event_closed({ actor })
    case 'pending':
      return actor === null ? m.thread_event_pending_auto() : m.thread_event_pending({ actor })
    case 'opened':
    case 'reopened':
    case 'woke':
      return describeOpened(event)
    case 'snoozed':
      return describeSnoozed(event, names)
    case 'labelled':
    case 'unlabelled': {
      const id = detail('labelId')
      const label = (id === null ? null : names.label(id)) ?? m.thread_a_label()
      const by = { actor: actor ?? 'my21staff', label }
      return event.kind === 'labelled' ? m.thread_event_labelled(by) : m.thread_event_unlabelled(by)
    }
    case 'bot_taken_over':
      return actor === null ? m.thread_event_bot_taken_over_auto() : m.thread_event_bot_taken_over({ actor })
    case 'bot_given_back':
      return actor === null ? m.thread_event_bot_given_back_auto() : m.thread_event_bot_given_back({ actor })
    case 'thread_merged_in':
      return m.threads_event_merged_in({ actor: actor ?? 'my21staff' })
    case 'thread_merged_away':
      return m.threads_event_merged_away({ actor: actor ?? 'my21staff' })
    case 'thread_parted':
      return m.threads_event_parted({ actor: actor ?? 'my21staff' })
    case 'thread_split':
      return m.threads_event_split({
        actor: actor ?? 'my21staff',
        count: Number(event.details['count'] ?? 0),
      })
    case 'thread_split_from':
      return m.threads_event_split_from({ actor: actor ?? 'my21staff' })
    case 'thread_rejoined':
      return m.threads_event_rejoined({ actor: actor ?? 'my21staff' })
    case 'away_message':
      return m.thread_event_away()
    case 'send_later': {
      const at = detail('sendAt') ?? detail('at')
      const by = actor ?? 'my21staff'
      return at === null
        ? m.thread_event_send_later_plain({ actor: by })
        : m.thread_event_send_later({ actor: by, time: names.time(at) })
    }
    default:
      return actor === null ? m.thread_event_other_auto() : m.thread_event_other({ actor })
  }
}

function describeAssigned({ actor, details }: ThreadEvent, names: EventNames): string {
  const id = typeof details['assigneeId'] === 'string' ? details['assigneeId'] : null
  const name = (id === null ? null : names.member(id)) ?? m.thread_somebody()
  switch (details['reason']) {
    case 'claimed':
      return m.thread_event_claimed({ actor: actor?.name ?? name })
    case 'by_turns':
      return m.thread_event_by_turns({ name })
    case 'earlier_owner':
      return m.thread_event_earlier_owner({ name })
    case 'handed_over':
      return m.thread_event_handed_over({ name })
    default:
      if (actor === null) return m.thread_event_assigned_auto({ name })
      return actor.id === id
        ? m.thread_event_assigned_self({ actor: actor.name })
        : m.thread_event_assigned({ actor: actor.name, name })
  }
}

/** Opened by somebody, by the customer's message, or because a snooze ended. */
function describeOpened({ kind, actor, details }: ThreadEvent): string {
  if (actor !== null) return m.thread_event_opened({ actor: actor.name })
  const reason = details['reason']
  const hasWoken = kind === 'woke' || details['from'] === 'snoozed' || details['wasSnoozed'] === true
  if (reason === 'window') return m.thread_event_woke_window()
  if (reason === 'time') return m.thread_event_woke()
  if (reason === 'reply' || reason === 'customer' || reason === 'message')
    return hasWoken ? m.thread_event_woke_reply() : m.thread_event_opened_reply()
  return hasWoken ? m.thread_event_woke() : m.thread_event_opened_auto()
}

function describeSnoozed({ actor, details }: ThreadEvent, names: EventNames): string {
  const by = { actor: actor?.name ?? 'my21staff' }
  const kind = details['kind'] ?? details['snoozeKind']
  const until = details['until'] ?? details['snoozedUntil']
  if (kind === 'window') return m.thread_event_snoozed_window(by)
  return typeof until === 'string' && kind !== 'reply'
    ? m.thread_event_snoozed({ ...by, time: names.time(until) })
    : m.thread_event_snoozed_reply(by)
}
