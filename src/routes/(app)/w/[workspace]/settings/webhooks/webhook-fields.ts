import { z } from 'zod'
import { webhookSettingLimits, type WebhookSettings } from '#lib/domain/webhook-settings.ts'
import { m } from '#lib/i18n/generated/messages.js'
import { writeCount } from '#lib/ui/shared/write-count.ts'

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
    .regex(/^\d{1,9}$/, { error: () => m.webhooks_rings_whole_number() })
    .transform(Number)
    .refine((value) => value >= least && value <= most, {
      error: () => m.webhooks_rings_between({ least: writeCount(least), most: writeCount(most) }),
    })
}
