import { getLocale, overwriteGetLocale } from '#lib/i18n/generated/runtime.js'

// A page speaks one language from its load to its end (another one is chosen with a new load), but each text asks for
// it: without this it is read from the cookie thousands of times while a thread opens.
const locale = getLocale()
overwriteGetLocale(() => locale)
