import { redirect } from '@sveltejs/kit'
import { isSupportedCountry } from 'libphonenumber-js/max'
import { isRuleViolation } from '#lib/domain/rule-violation.ts'
import { readZonedTime } from '#lib/domain/zoned-time.ts'
import { m } from '#lib/i18n/generated/messages.js'
import { listRecoveryEndpoints } from '#lib/server/database/recovery-endpoints.ts'
import { listRecoveryRuns } from '#lib/server/database/recovery-runs.ts'
import { describeRefusal } from '#lib/server/http/refusal-words.ts'
import { readText } from '#lib/server/read-form.ts'
import { recoveryKinds } from '#lib/server/recovery/recovery-kinds.ts'
import { startRecovery } from '#lib/server/recovery/start-recovery.ts'
import { requireAdmin } from '#lib/server/session/guards.ts'
import { listCountries } from '#lib/server/time-zones.ts'
import { refuse } from '../../../../../refuse.ts'
import type { Actions, PageServerLoad } from './$types'

const mostListed = 30
/** What forms of a kind may hold. */
const fields = ['kind', 'reason', 'country', 'endpointId', 'secretId', 'from', 'to'] as const

export const load: PageServerLoad = async (event) => {
  const { claims, workspace } = requireAdmin(event)
  const { runs, endpoints } = await event.locals.services.asMember(claims, async (database) => ({
    runs: await listRecoveryRuns(database, workspace.id, mostListed),
    endpoints: await listRecoveryEndpoints(database, workspace.id),
  }))
  const countries = listCountries().map(({ code, name }) => ({ value: code, label: name }))
  return { runs, endpoints, countries, kinds: [...recoveryKinds.keys()] }
}

export const actions: Actions = {
  /**
   * Fields: kind, reason, and what the kind asks for: country; endpointId, secretId (none for every one), from
   * and to (times of the workspace's zone).
   */
  plan: async (event) => {
    const { claims, workspace } = requireAdmin(event)
    const posted = await event.request.formData()
    const values = Object.fromEntries(
      fields.map((name) => [name, readText(posted, name).toWellFormed().slice(0, 1000)]),
    )
    const { kind = '', reason = '', country = '', from = '', to = '' } = values
    const { endpointId = '', secretId = '' } = values
    const parameters = {
      ...(country === '' || !isSupportedCountry(country) ? {} : { country }),
      ...(endpointId === '' ? {} : { endpointId }),
      ...(secretId === '' ? {} : { secretId }),
      ...readTimes({ from, to }, workspace.timeZone),
    }
    let runId: string
    try {
      runId = await event.locals.services.asMember(claims, (database, enqueue) =>
        startRecovery(database, workspace.id, { kind, parameters, reason }, enqueue),
      )
    } catch (error) {
      if (!isRuleViolation(error)) throw error
      const message = describeRefusal(error.code, { reason_length: m.recovery_error_reason })
      return error.code === 'reason_length'
        ? refuse(422, values, { errors: { reason: message } })
        : refuse(422, values, { message })
    }
    return redirect(303, `/w/${workspace.slug}/settings/recovery/${runId}`)
  },
}

/** Only those that are times: what is missing then is told by the kind. */
function readTimes(told: { from: string; to: string }, timeZone: string): Record<string, string> {
  const times = Object.entries(told).flatMap(([name, text]) => {
    const time = text === '' ? null : readZonedTime(text, timeZone)
    return time === null ? [] : [[name, time.toISOString()] as const]
  })
  return Object.fromEntries(times)
}
