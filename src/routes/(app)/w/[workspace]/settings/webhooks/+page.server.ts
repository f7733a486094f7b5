import { error, redirect, type RequestEvent } from '@sveltejs/kit'
import { z } from 'zod'
import { isRuleViolation } from '#lib/domain/rule-violation.ts'
import { m } from '#lib/i18n/generated/messages.js'
import {
  listAlarms,
  listFindings,
  listHealthHours,
  listNumberHealth,
  requestRepair,
} from '#lib/server/database/webhook-health.ts'
import {
  changeListComparison,
  changeWebhookSettings,
  findWebhookSettings,
} from '#lib/server/database/webhook-settings.ts'
import { queueNames, type RepairFindingsJob } from '#lib/server/queue/queue.ts'
import { readForm, readText } from '#lib/server/read-form.ts'
import { requireMember } from '#lib/server/session/guards.ts'
import { formatMoment } from '#lib/server/time-zones.ts'
import { describeRefusal } from '#lib/ui/settings/settings-words.ts'
import { refuse } from '../../../../../refuse.ts'
import { fillHours, readRange } from './fill-hours.ts'
import { compareFields, webhookFields } from './webhook-fields.ts'
import type { Actions, PageServerLoad } from './$types'

/** So many findings are shown, and repaired at one press. */
const mostFindings = 100

/** The admin who asks. Others learn nothing: 404, as for a page that does not exist. */
function requireAdmin(
  event: Pick<RequestEvent, 'locals' | 'url' | 'request'> & { params: { workspace: string } },
) {
  const member = requireMember(event)
  if (member.role === 'agent') return error(404, 'Not found')
  return member
}

export const load: PageServerLoad = async (event) => {
  const { claims, workspace } = requireAdmin(event)
  const { timeZone } = workspace
  const now = new Date()
  const range = readRange(event.url.searchParams.get('range'))
  const since = new Date(now.getTime() - range.hours * 3_600_000)
  const found = await event.locals.services.asMember(claims, async (database) => ({
    hours: await listHealthHours(database, workspace.id, since),
    numbers: await listNumberHealth(database, workspace.id),
    alarms: await listAlarms(database, workspace.id),
    listed: await listFindings(database, workspace.id, mostFindings),
    settings: await findWebhookSettings(database, workspace.id),
  }))
  const write = (moment: Date | null) => moment && formatMoment(moment, timeZone)
  const text = (value: unknown) => (typeof value === 'string' ? value : null)
  return {
    isSaved: event.url.searchParams.has('saved'),
    range: range.name,
    hours: fillHours(found.hours, range.hours, now, timeZone),
    settings: found.settings,
    alarms: found.alarms.map(({ openedAt, resolvedAt, ...alarm }) => ({
      ...alarm,
      openedAt: formatMoment(openedAt, timeZone),
      resolvedAt: write(resolvedAt),
    })),
    numbers: found.numbers.map(({ secretSince, comparesLists, compareDays, ...number }) => ({
      ...number,
      lastDeliveryAt: write(number.lastDeliveryAt),
      stateAt: write(number.stateAt),
      comparedAt: write(number.comparedAt),
      secretDays: secretSince && Math.floor((now.getTime() - secretSince.getTime()) / 86_400_000),
      compareDays: comparesLists ? compareDays : 0,
    })),
    findings: found.listed.findings.map((finding) => {
      const occurredAt = text(finding.details['occurredAt'])
      return {
        id: finding.id,
        kind: finding.kind,
        channel: finding.channel,
        direction: text(finding.details['direction']),
        type: text(finding.details['type']),
        status: text(finding.details['status']),
        phoneEnd: text(finding.details['phoneEnd']),
        reason: text(finding.details['reason']),
        at: formatMoment(occurredAt === null ? finding.detectedAt : new Date(occurredAt), timeZone),
        isRequested: finding.repairRequestedAt !== null,
        repairError: finding.repairError,
      }
    }),
    findingsTotal: found.listed.total,
  }
}

export const actions: Actions = {
  settings: async (event) => {
    const { claims, workspace } = requireAdmin(event)
    const posted = await event.request.formData()
    const values = Object.fromEntries(
      Object.keys(webhookFields).map((name) => [name, readText(posted, name)]),
    )
    const form = readForm(posted, webhookFields)
    if (!form.isValid) return refuse(400, values, { errors: form.errors })
    await event.locals.services.asMember(claims, (database) =>
      changeWebhookSettings(database, workspace.id, form.values),
    )
    return redirect(303, `/w/${workspace.slug}/settings/webhooks?saved`)
  },

  compare: async (event) => {
    const { claims, workspace } = requireAdmin(event)
    const posted = await event.request.formData()
    const form = readForm(posted, compareFields)
    if (!form.isValid) return refuse(400, {}, { message: m.webhooks_compare_choose() })
    const { channel, days } = form.values
    try {
      await event.locals.services.asMember(claims, (database) =>
        changeListComparison(database, workspace.id, channel, {
          comparesLists: days > 0,
          days: Math.max(days, 1),
        }),
      )
    } catch (failure) {
      if (isRuleViolation(failure)) return refuse(403, {}, { message: describeRefusal(failure.code) })
      throw failure
    }
    return redirect(303, `/w/${workspace.slug}/settings/webhooks`)
  },

  repair: async (event) => {
    const { claims, workspace } = requireAdmin(event)
    const posted = await event.request.formData()
    const ids = z.array(z.uuid()).min(1).max(mostFindings).safeParse(posted.getAll('finding'))
    if (!ids.success) return refuse(400, {}, { message: m.webhooks_findings_nothing() })
    await event.locals.services.asMember(claims, async (database, enqueue) => {
      if ((await requestRepair(database, workspace.id, ids.data)) === 0) return
      const data: RepairFindingsJob = { workspaceId: workspace.id }
      enqueue({ queue: queueNames.repairFindings, data, group: workspace.id })
    })
    return redirect(303, `/w/${workspace.slug}/settings/webhooks`)
  },
}
