import type { Handle, RequestEvent } from '@sveltejs/kit'
import {
  baseLocale,
  extractLocaleFromHeader,
  getTextDirection,
  type Locale,
} from '#lib/i18n/generated/runtime.js'
import { paraglideMiddleware } from '#lib/i18n/generated/server.js'
import { keepLanguage, languageCookieName } from '../language-cookie.ts'

/**
 * Answers each request in the language of its reader. A member has the one that they chose, in every browser, or else
 * the browser's; pages that know no member go by the cookie, then by the browser.
 */
export const handleLanguage: Handle = ({ event, resolve }) =>
  paraglideMiddleware(withLanguageOfMember(event), ({ locale }) =>
    resolve(event, {
      transformPageChunk: ({ html }) =>
        html.replace('%lang%', locale).replace('%dir%', getTextDirection(locale)),
    }),
  )

/** What the texts choose their language by. The cookie follows the member, because scripts of the page have only it. */
function withLanguageOfMember({ request, url, locals, cookies }: RequestEvent): Request {
  if (locals.membership === null) return request
  const language = locals.membership.preferences.language ?? languageOfBrowser(request)
  if (cookies.get(languageCookieName) !== language) keepLanguage(cookies, language, url)
  return new Request(request.url, { headers: { cookie: `${languageCookieName}=${language}` } })
}

function languageOfBrowser(request: Request): Locale {
  return extractLocaleFromHeader(request) ?? baseLocale
}
