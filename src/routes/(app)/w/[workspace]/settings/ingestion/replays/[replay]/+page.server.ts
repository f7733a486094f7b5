import { error, redirect } from '@sveltejs/kit'
import { changesNothing } from '#lib/domain/replay.ts'
import { applyReplay, findReplay } from '#lib/server/database/replays.ts'
import { replayEventsJob } from '#lib/server/ingest/replay-jobs.ts'
import { requireAdmin } from '#lib/server/session/guards.ts'
import { formatMoment } from '#lib/server/time-zones.ts'
import { describeSelection } from '../../describe-selection.ts'
import type { Actions, PageServerLoad } from './$types'

export const load: PageServerLoad = async (event) => {
  const { claims, workspace } = requireAdmin(event)
  const replay = await event.locals.services.asMember(claims, (database) =>
    findReplay(database, workspace.id, readId(event.params.replay)),
  )
  if (replay === undefined) error(404, 'Not found')
  const { id, state, totalEvents, doneEvents, report, failure, selection, createdAt } = replay
  return {
    replay: {
      ...{ id, state, totalEvents, doneEvents, report, failure },
      what: describeSelection(selection, workspace.timeZone),
      createdAt: formatMoment(createdAt, workspace.timeZone),
    },
    isUnderWay: state === 'checking' || state === 'applying',
    canApply: state === 'checked' && report !== null && !changesNothing(report),
  }
}

export const actions: Actions = {
  apply: async (event) => {
    const { claims, workspace } = requireAdmin(event)
    const replayId = readId(event.params.replay)
    await event.locals.services.asMember(claims, async (database, enqueue) => {
      if (await applyReplay(database, workspace.id, replayId))
        enqueue(replayEventsJob(workspace.id, replayId))
    })
    redirect(303, `/w/${workspace.slug}/settings/ingestion/replays/${replayId}`)
  },
}

function readId(text: string): string {
  return /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/.test(text) ? text : error(404, 'Not found')
}
