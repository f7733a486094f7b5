/** What rings in a workspace, and for how long raw bodies are kept. */
export interface WebhookSettings {
  /** An hour with so many times the duplicates of the week's middle hour is a spike. */
  duplicatesFactor: number
  /** So many hours without a delivery, at a time that usually has some, are silence. */
  silenceHours: number
  wrongSignaturesPerHour: number
  /** An item that waits for a person for so long is overdue. */
  unattendedMinutes: number
  /** Days for which raw bodies are kept. */
  bodyDays: number
}

/** What holds until an admin changes it; the columns' defaults are the same. */
export const defaultWebhookSettings: WebhookSettings = {
  duplicatesFactor: 5,
  silenceHours: 3,
  wrongSignaturesPerHour: 20,
  unattendedMinutes: 15,
  bodyDays: 30,
}

/** The least and the most of each. */
export const webhookSettingLimits: Record<keyof WebhookSettings, { least: number; most: number }> = {
  duplicatesFactor: { least: 2, most: 100 },
  silenceHours: { least: 1, most: 72 },
  wrongSignaturesPerHour: { least: 1, most: 100_000 },
  unattendedMinutes: { least: 1, most: 10_080 },
  bodyDays: { least: 1, most: 365 },
}
