import { getLocale } from '#lib/i18n/generated/runtime.js'

/** `1,234` for an English reader */
export function writeCount(count: number): string {
  return new Intl.NumberFormat(getLocale()).format(Math.round(count))
}
