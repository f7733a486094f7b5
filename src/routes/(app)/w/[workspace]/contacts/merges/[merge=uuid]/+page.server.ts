import { error, redirect } from '@sveltejs/kit'
import { isRuleViolation } from '#lib/domain/rule-violation.ts'
import { isUuid } from '#lib/domain/uuid.ts'
import { readContactChoices } from '#lib/server/database/contact-choices.ts'
import { findMergeUndo } from '#lib/server/database/merge-undo.ts'
import { undoMerge } from '#lib/server/database/merges.ts'
import { readText } from '#lib/server/read-form.ts'
import { requireAdmin } from '#lib/server/session/guards.ts'
import { refuseItem } from '../../../settings/refuse-item.ts'
import { typedValues } from '../../read-contact-form.ts'
import type { Actions, PageServerLoad } from './$types'

/** What is to be decided before a merge, or one edge of it, is undone. One that is undone leads to the list. */
export const load: PageServerLoad = async (event) => {
  const { claims, workspace } = requireAdmin(event)
  if (!isUuid(event.params.merge)) error(404, 'This merge does not exist')
  const found = await event.locals.services.asMember(claims, async (database) => ({
    undo: await findMergeUndo(database, workspace.id, event.params.merge),
    choices: await readContactChoices(database, { workspaceId: workspace.id, userId: claims.sub }),
  }))
  if (found.undo === undefined) error(404, 'This merge does not exist')
  return { undo: found.undo, members: found.choices.members, fields: found.choices.fields }
}

export const actions: Actions = {
  /** Fields: edit:<id of a later edit> (the contact that gets it, or nothing to let it stay). For owners and admins. */
  undo: async (event) => {
    const { claims, workspace } = requireAdmin(event)
    const id = event.params.merge
    if (!isUuid(id)) error(404, 'This merge does not exist')
    const posted = await event.request.formData()
    const handedOn: Record<string, string> = {}
    for (const name of [...posted.keys()].slice(0, 300)) {
      if (!name.startsWith('edit:')) continue
      const contactId = readText(posted, name)
      if (contactId !== '') handedOn[name.slice('edit:'.length)] = contactId
    }
    try {
      await event.locals.services.asMember(claims, (database) =>
        undoMerge(database, { workspaceId: workspace.id, userId: claims.sub }, id, handedOn),
      )
    } catch (failure) {
      if (!isRuleViolation(failure)) throw failure
      return refuseItem(422, { of: id, values: typedValues(posted), errors: { form: failure.code } })
    }
    redirect(303, `/w/${encodeURIComponent(workspace.slug)}/contacts/merges?undone=${id}`)
  },
}
