import { redirect } from '@sveltejs/kit'
import type { ReplaySelection } from '#lib/domain/replay.ts'
import { readZonedTime } from '#lib/domain/zoned-time.ts'
import { m } from '#lib/i18n/generated/messages.js'
import { findContactToReplay, listReplays } from '#lib/server/database/replays.ts'
import {
  countPending,
  listIngestAlarms,
  listStuckEvents,
  listStuckGroups,
} from '#lib/server/database/sync-failures.ts'
import { readText } from '#lib/server/read-form.ts'
import { requireAdmin } from '#lib/server/session/guards.ts'
import { formatMoment } from '#lib/server/time-zones.ts'
import { refuse } from '../../../../../refuse.ts'
import { describeSelection } from './describe-selection.ts'
import { redriveStuck, setStuckAside } from './stuck-actions.ts'
import { startReplay } from './start-replay.ts'
import type { Actions, PageServerLoad } from './$types'

const mostGroups = 30
const mostEventsPerGroup = 20

export const load: PageServerLoad = async (event) => {
  const { claims, workspace } = requireAdmin(event)
  const { asMember } = event.locals.services
  const moment = (at: Date) => formatMoment(at, workspace.timeZone)
  return asMember(claims, async (database) => {
    const groups = (await listStuckGroups(database, workspace.id)).slice(0, mostGroups)
    const rows = []
    for (const { firstAt, lastAt, ...group } of groups) {
      const events = await listStuckEvents(database, workspace.id, group, mostEventsPerGroup)
      rows.push({
        ...group,
        firstAt: moment(firstAt),
        lastAt: moment(lastAt),
        events: events.map(({ id, name, receivedAt, attempts }) => {
          return { id, name, attempts, receivedAt: moment(receivedAt) }
        }),
      })
    }
    const replays = await listReplays(database, workspace.id, 5)
    const alarms = await listIngestAlarms(database, workspace.id)
    return {
      groups: rows,
      ...(await countPending(database, workspace.id)),
      waitingTooLong: alarms.reduce((sum, { count }) => sum + count, 0),
      replays: replays.map((replay) => ({
        id: replay.id,
        state: replay.state,
        what: describeSelection(replay.selection, workspace.timeZone),
        createdAt: moment(replay.createdAt),
      })),
      redriven: readCount(event.url, 'redriven'),
      moreRemain: event.url.searchParams.has('more'),
      setAside: readCount(event.url, 'aside'),
    }
  })
}

export const actions: Actions = {
  redrive: async (event) => {
    const member = requireAdmin(event)
    const posted = await event.request.formData()
    const { count, leavesMore } = await redriveStuck(event.locals.services, member, posted)
    redirect(303, `${pathOf(member.workspace.slug)}?redriven=${String(count)}${leavesMore ? '&more' : ''}`)
  },
  setAside: async (event) => {
    const member = requireAdmin(event)
    const count = await setStuckAside(event.locals.services, member, await event.request.formData())
    redirect(303, `${pathOf(member.workspace.slug)}?aside=${String(count)}`)
  },
  replaySpan: async (event) => {
    const member = requireAdmin(event)
    const posted = await event.request.formData()
    const values = { from: readText(posted, 'from'), to: readText(posted, 'to') }
    const from = readZonedTime(values.from, member.workspace.timeZone)
    const to = values.to === '' ? new Date() : readZonedTime(values.to, member.workspace.timeZone)
    if (from === null) return refuse(400, values, { errors: { from: m.ingestion_replay_from_missing() } })
    if (to === null || to <= from) {
      return refuse(400, values, { errors: { to: m.ingestion_replay_until_wrong() } })
    }
    return replay(event, member, values, { from: from.toISOString(), to: to.toISOString() })
  },
  replayContact: async (event) => {
    const member = requireAdmin(event)
    const values = { contact: readText(await event.request.formData(), 'contact').trim() }
    const contactId = await event.locals.services.asMember(member.claims, (database) =>
      findContactToReplay(database, member.workspace, values.contact),
    )
    if (contactId === undefined) {
      return refuse(400, values, { errors: { contact: m.ingestion_replay_contact_unknown() } })
    }
    return replay(event, member, values, { contactId })
  },
  replayEvent: async (event) => {
    const member = requireAdmin(event)
    const values = { eventId: readText(await event.request.formData(), 'eventId').trim() }
    if (!/^[1-9]\d{0,14}$/.test(values.eventId)) {
      return refuse(400, values, { errors: { eventId: m.ingestion_replay_event_wrong() } })
    }
    return replay(event, member, values, { eventIds: [Number(values.eventId)] })
  },
}

async function replay(
  event: Parameters<NonNullable<Actions['replayEvent']>>[0],
  member: ReturnType<typeof requireAdmin>,
  values: Record<string, string>,
  selection: ReplaySelection,
) {
  const replayId = await startReplay(event.locals.services, member, selection)
  if (replayId === null) return refuse(409, values, { message: m.ingestion_replay_under_way() })
  redirect(303, `${pathOf(member.workspace.slug)}/replays/${replayId}`)
}

function pathOf(slug: string): string {
  return `/w/${slug}/settings/ingestion`
}

function readCount(url: URL, name: string): number | null {
  const value = url.searchParams.get(name)
  return value !== null && /^\d{1,9}$/.test(value) ? Number(value) : null
}
