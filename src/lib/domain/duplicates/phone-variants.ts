const variants = [
  // Mobile numbers got a ninth digit between 2012 and 2016; WhatsApp still knows many accounts without it.
  { country: 'BR', pattern: /^\+55(\d{2})9([6-9]\d{7})$/, to: '+55$1$2' },
  // Until 2019 a 1 stood between country code and mobile number.
  { country: 'MX', pattern: /^\+521(\d{10})$/, to: '+52$1' },
  // Mobile numbers have a 9 when called from abroad.
  { country: 'AR', pattern: /^\+549(\d{10})$/, to: '+54$1' },
] as const

/**
 * The spelling that the national variants of a number share. Only to find and explain candidates: two numbers with one
 * shared spelling stay two numbers.
 */
export function sharedSpelling(e164: string): string {
  for (const { pattern, to } of variants) if (pattern.test(e164)) return e164.replace(pattern, to)
  return e164
}

/** The country in whose spellings the two are variants of one number, else null. */
export function variantCountry(left: string, right: string): string | null {
  if (left === right) return null
  if (sharedSpelling(left) !== sharedSpelling(right)) return null
  return variants.find(({ pattern }) => pattern.test(left) || pattern.test(right))?.country ?? null
}
