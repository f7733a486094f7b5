import type { Handle } from '@sveltejs/kit'
import { paraglideMiddleware } from '#lib/i18n/generated/server.js'
import { getTextDirection } from '#lib/i18n/generated/runtime.js'

/** Answers each request in the language of its reader: the one chosen, else the browser's. */
export const handleLanguage: Handle = ({ event, resolve }) =>
  paraglideMiddleware(event.request, ({ request, locale }) => {
    event.request = request
    return resolve(event, {
      transformPageChunk: ({ html }) =>
        html.replace('%lang%', locale).replace('%dir%', getTextDirection(locale)),
    })
  })
