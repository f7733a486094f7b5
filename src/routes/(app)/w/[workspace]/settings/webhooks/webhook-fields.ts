import { z } from 'zod'
import { webhookSettingLimits, type WebhookSettings } from '#lib/domain/webhook-settings.ts'

/** What one types into the form of what rings. */
export const webhookFields = {
  duplicatesFactor: wholeNumber('duplicatesFactor'),
  silenceHours: wholeNumber('silenceHours'),
  wrongSignaturesPerHour: wholeNumber('wrongSignaturesPerHour'),
  unattendedMinutes: wholeNumber('unattendedMinutes'),
  bodyDays: wholeNumber('bodyDays'),
}

/** What one chooses for a number: 0 switches the comparison off. */
export const compareFields = {
  channel: z.uuid(),
  days: z
    .string()
    .regex(/^\d{1,2}$/)
    .transform(Number)
    .refine((days) => days <= 30),
}

function wholeNumber(name: keyof WebhookSettings) {
  const { least, most } = webhookSettingLimits[name]
  return z
    .string()
    .trim()
    .regex(/^\d{1,9}$/, 'Give a whole number.')
    .transform(Number)
    .refine((value) => value >= least && value <= most, `Between ${String(least)} and ${String(most)}.`)
}
