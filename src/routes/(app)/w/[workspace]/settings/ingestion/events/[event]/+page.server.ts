import { error, fail, redirect } from '@sveltejs/kit'
import { m } from '#lib/i18n/generated/messages.js'
import { findStoredItem } from '#lib/server/database/sync-failures.ts'
import { showRawItem } from '#lib/server/ingest/show-raw-item.ts'
import { requireAdmin } from '#lib/server/session/guards.ts'
import { formatMoment } from '#lib/server/time-zones.ts'
import { startReplay } from '../../start-replay.ts'
import type { Actions, PageServerLoad } from './$types'

export const load: PageServerLoad = async (event) => {
  const { claims, workspace } = requireAdmin(event)
  const item = await event.locals.services.asMember(claims, (database) =>
    findStoredItem(database, workspace.id, readId(event.params.event)),
  )
  if (item === undefined) error(404, 'Not found')
  const moment = (at: Date | null) => at && formatMoment(at, workspace.timeZone)
  const { status, reason } = item
  return {
    item: {
      id: item.id,
      name: item.name,
      status,
      reason,
      attempts: item.attempts,
      isRetryable: item.isRetryable,
      receivedAt: moment(item.receivedAt),
      processedAt: moment(item.processedAt),
      nextAttemptAt: moment(item.nextAttemptAt),
      body: item.body === null ? null : showRawItem(item.body, item.itemIndex),
    },
  }
}

export const actions: Actions = {
  replay: async (event) => {
    const member = requireAdmin(event)
    const replayId = await startReplay(event.locals.services, member, {
      eventIds: [readId(event.params.event)],
    })
    if (replayId === null) return fail(409, { message: m.ingestion_replay_under_way() })
    redirect(303, `/w/${member.workspace.slug}/settings/ingestion/replays/${replayId}`)
  },
}

function readId(text: string): number {
  return /^[1-9]\d{0,14}$/.test(text) ? Number(text) : error(404, 'Not found')
}
