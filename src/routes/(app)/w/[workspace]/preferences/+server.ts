import { error } from '@sveltejs/kit'
import { preferencesChangeSchema } from '#lib/domain/member-preferences-schema.ts'
import { type ActionId, isBinding, shortcuts } from '#lib/domain/shortcuts.ts'
import { changePreferences } from '#lib/server/database/preferences.ts'
import { answerJson } from '#lib/server/http/answer-json.ts'
import { readJson } from '#lib/server/http/read-json.ts'
import { requireMember } from '#lib/server/session/guards.ts'
import { keepLanguage, languageCookieName } from '#lib/server/session/language-cookie.ts'
import type { RequestHandler } from './$types'

/** Takes some of MemberPreferences, answers all of them. The language also goes into the cookie that pages go by. */
export const PUT: RequestHandler = async (event) => {
  const { claims, workspace } = requireMember(event)
  const change = preferencesChangeSchema.safeParse(await readJson(event.request))
  if (!change.success) error(400, 'These preferences cannot be read')
  if (change.data.keys !== undefined && !areKeys(change.data.keys)) error(400, 'These keys cannot be read')
  const { language } = change.data
  if (language === null) event.cookies.delete(languageCookieName, { path: '/' })
  else if (language !== undefined) keepLanguage(event.cookies, language, event.url)
  // What was left out is not among the fields; `undefined` would be none of the types.
  const given = Object.fromEntries(Object.entries(change.data).filter(([, value]) => value !== undefined))
  return answerJson(() =>
    event.locals.services.asMember(claims, (database) => changePreferences(database, workspace.id, given)),
  )
}

/** An empty text takes an action's key away. */
function areKeys(keys: Record<string, string>): boolean {
  return Object.entries(keys).every(
    ([id, binding]) =>
      shortcuts.some((shortcut) => shortcut.id === (id as ActionId)) &&
      (binding === '' || isBinding(binding)),
  )
}
