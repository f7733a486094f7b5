import { sharedSpelling, variantCountry } from '../duplicates/phone-variants.ts'

/** The other spellings in which the same telephone may be known, by its country's rules. Only to give a hint. */
export function listNumberVariants(e164: string): string[] {
  const shared = sharedSpelling(e164)
  return [
    shared,
    shared.replace(/^\+55(\d{2})([6-9]\d{7})$/, '+55$19$2'),
    shared.replace(/^\+52(\d{10})$/, '+521$1'),
    shared.replace(/^\+54(\d{10})$/, '+549$1'),
  ].filter((each, at, all) => all.indexOf(each) === at && variantCountry(e164, each) !== null)
}
