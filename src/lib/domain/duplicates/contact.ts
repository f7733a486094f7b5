/** Who wrote a name; what staff typed is the most deliberate, a WhatsApp profile the least. */
export type NameSource = 'staff' | 'import' | 'bot' | 'whatsapp_profile'

export interface ContactName {
  value: string
  source: NameSource
}

/** A business-scoped user id means one account within its scope and nothing outside of it. */
export interface ScopedId {
  scope: string
  value: string
}

/** One WhatsApp account, or one number that somebody typed. */
export interface ContactAccount {
  /** As received or typed. */
  phone: string | null
  /** E.164; null where it is hidden or was never worked out, then `phone` is read with the workspace's country. */
  phoneNormalized: string | null
  /** E.164, of the past. */
  formerPhones: string[]
  scopedIds: ScopedId[]
  /** WhatsApp itself named this number. */
  isVerified: boolean
  /** First and last message of the account, milliseconds since 1970; null where there is none. */
  activeFrom: number | null
  activeUntil: number | null
}

/** A contact as the search for duplicates sees it. Merged ones come as one, under the survivor's id. */
export interface DuplicateContact {
  id: string
  /** Milliseconds since 1970. */
  createdAt: number
  names: ContactName[]
  accounts: ContactAccount[]
  emails: string[]
  city: string | null
  /** `YYYY-MM-DD`. */
  birthDate: string | null
  /** Custom fields of text, number or choice: an address, a customer number. */
  customTexts: { field: string; value: string }[]
}
