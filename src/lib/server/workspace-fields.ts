import { z } from 'zod'
import { m } from '#lib/i18n/generated/messages.js'
import { listCountries, listTimeZones } from './time-zones.ts'

export const longestName = 80

/**
 * What one types into the form of a workspace.
 *
 * @param presentTimeZone that of a workspace which is being changed; absent while one is being made
 */
export function workspaceFields(presentTimeZone?: string) {
  return {
    name: z
      .string()
      .trim()
      .min(1, { error: () => m.settings_workspace_name_missing() })
      .max(longestName, { error: () => m.settings_workspace_name_long({ most: longestName }) }),
    timeZone: z.string().refine((zone) => listTimeZones(presentTimeZone).includes(zone), {
      error: () => m.settings_workspace_time_zone_missing(),
    }),
    country: z.string().refine((code) => listCountries().some((country) => country.code === code), {
      error: () => m.settings_workspace_country_missing(),
    }),
  }
}
