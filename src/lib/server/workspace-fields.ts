import { z } from 'zod'
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
      .min(1, 'Give the workspace a name.')
      .max(longestName, `Use ${String(longestName)} characters at most.`),
    timeZone: z
      .string()
      .refine((zone) => listTimeZones(presentTimeZone).includes(zone), 'Choose a time zone.'),
    country: z
      .string()
      .refine((code) => listCountries().some((country) => country.code === code), 'Choose a country.'),
  }
}
