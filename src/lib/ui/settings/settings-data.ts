/** A WhatsApp number as the settings show it. Moments are written out in the workspace's time zone. */
export interface NumberSettings {
  id: string
  name: string
  displayPhone: string | null
  phoneNumberId: string
  lastMessageAt: string | null
  /** Where Kapso delivers to. Empty for those who may not see it. */
  webhookUrls: string[]
}

export interface TeamRow {
  userId: string
  displayName: string
  role: 'owner' | 'admin' | 'agent'
  joinedOn: string
}
