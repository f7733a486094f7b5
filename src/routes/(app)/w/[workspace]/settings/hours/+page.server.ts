import { redirect } from '@sveltejs/kit'
import { giveOutTurnsJob } from '#lib/server/database/assignment.ts'
import {
  changeTeamSettings,
  findTeamSettings,
  readReceiptChoices,
} from '#lib/server/database/team-settings.ts'
import { readText } from '#lib/server/read-form.ts'
import { requireAdmin } from '#lib/server/session/guards.ts'
import { readWeek, typedWeek } from '#lib/server/week-fields.ts'
import { refuseItem, refuseRule } from '../refuse-item.ts'
import type { Actions, PageServerLoad } from './$types'

const longestMessage = 4096

export const load: PageServerLoad = async (event) => {
  const { claims, workspace } = requireAdmin(event)
  return {
    isSaved: event.url.searchParams.has('saved'),
    settings: await event.locals.services.asMember(claims, (database) =>
      findTeamSettings(database, workspace.id),
    ),
  }
}

export const actions: Actions = {
  default: async (event) => {
    const { claims, workspace } = requireAdmin(event)
    const posted = await event.request.formData()
    // Browsers post line breaks as CRLF; WhatsApp knows LF.
    const awayMessage = readText(posted, 'awayMessage').replaceAll('\r\n', '\n').trim()
    const receipts = readText(posted, 'readReceipts')
    const values = { awayMessage, readReceipts: receipts, ...typedWeek(posted) }
    const week = readWeek(posted)
    const readReceipts = readReceiptChoices.find((choice) => choice === receipts)
    if (!week.isValid || readReceipts === undefined || awayMessage.length > longestMessage) {
      return refuseItem(400, {
        of: 'hours',
        values,
        errors: {
          ...(week.isValid ? {} : { hours: week.error }),
          ...(awayMessage.length > longestMessage ? { awayMessage: 'away_length' } : {}),
          ...(readReceipts === undefined ? { readReceipts: 'choice' } : {}),
        },
      })
    }
    try {
      await event.locals.services.asMember(claims, async (database, enqueue) => {
        await changeTeamSettings(database, workspace.id, {
          businessHours: Object.keys(week.hours).length === 0 ? null : week.hours,
          awayMessage: awayMessage === '' ? null : awayMessage,
          assignsByTurns: posted.has('assignsByTurns'),
          readReceipts,
          showsTyping: posted.has('showsTyping'),
        })
        enqueue(giveOutTurnsJob(workspace.id))
      })
    } catch (error) {
      return refuseRule(error, { of: 'hours', values }, {})
    }
    redirect(303, `/w/${workspace.slug}/settings/hours?saved`)
  },
}
