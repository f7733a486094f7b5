import { fail, redirect } from '@sveltejs/kit'
import { readContactQuery } from '#lib/domain/contact-filter.ts'
import { mostContactsAtOnce } from '#lib/domain/contacts.ts'
import { leadStatuses } from '#lib/domain/inbox-views.ts'
import { isUuid } from '#lib/domain/uuid.ts'
import { isRuleViolation } from '#lib/domain/rule-violation.ts'
import { readContactChoices } from '#lib/server/database/contact-choices.ts'
import { changeContacts, type BulkAction } from '#lib/server/database/contact-bulk.ts'
import { createContact, KnownNumber, takeBackBlocks } from '#lib/server/database/contact-edits.ts'
import { listContactFields } from '#lib/server/database/contact-fields.ts'
import { listContactViews } from '#lib/server/database/contact-views.ts'
import { listContacts } from '#lib/server/database/contacts.ts'
import { readText } from '#lib/server/read-form.ts'
import { requireMember } from '#lib/server/session/guards.ts'
import { refuseItem } from '../settings/refuse-item.ts'
import { errorsOf, readBlock, readChanges, typedValues } from './read-contact-form.ts'
import type { Actions, PageServerLoad } from './$types'

/** The list: its first page, what it is narrowed to, and what to choose from. */
export const load: PageServerLoad = async (event) => {
  const { claims, workspace } = requireMember(event)
  const query = readContactQuery(event.url.searchParams)
  const of = { workspaceId: workspace.id, userId: claims.sub }
  const viewId = event.url.searchParams.get('saved')
  try {
    return await event.locals.services.asMember(claims, async (database) => ({
      filter: query.filter,
      sort: query.sort,
      viewId: viewId !== null && isUuid(viewId) ? viewId : null,
      views: await listContactViews(database, of),
      choices: await readContactChoices(database, of),
      list: await listContacts(database, workspace, query),
    }))
  } catch (error) {
    if (!isRuleViolation(error) || error.code !== 'bad_cursor') throw error
    // A place in another list: that one begins anew.
    const address = new URLSearchParams(event.url.searchParams)
    address.delete('before')
    return redirect(307, `/w/${encodeURIComponent(workspace.slug)}/contacts?${address.toString()}`)
  }
}

export const actions: Actions = {
  /** Fields: phone, and those of readChanges. Leads to the new contact. */
  create: async (event) => {
    const { claims, workspace } = requireMember(event)
    const posted = await event.request.formData()
    const phone = readText(posted, 'phone').trim()
    const refused = { of: 'new', values: typedValues(posted) }
    if (phone.length > 100) return refuseItem(400, { ...refused, errors: { phone: 'phone_invalid' } })
    let id: string
    try {
      const made = await event.locals.services.asMember(claims, async (database) => {
        // A new contact is new until somebody says otherwise.
        const definitions = await listContactFields(database, workspace.id)
        const { changes, errors } = readChanges(posted, definitions, { lead: 'new' })
        if (Object.keys(errors).length > 0) return { id: null, errors }
        const country = workspace.defaultCountry
        return {
          errors,
          id: await createContact(database, workspace.id, country, phone === '' ? null : phone, changes),
        }
      })
      if (made.id === null) return refuseItem(400, { ...refused, errors: made.errors })
      id = made.id
    } catch (error) {
      const errors = errorsOf(error)
      const knownId = error instanceof KnownNumber ? error.contactId : null
      return fail(422, { refused: { ...refused, errors }, knownId })
    }
    redirect(303, `/w/${encodeURIComponent(workspace.slug)}/contacts/${id}`)
  },

  /**
   * One thing for many. Fields: id (again and again), do (owner, lead, label, unlabel, block, unblock), value (a member's
   * id or nothing, a status, a label's id), and those of readBlock. Answers how many were changed, and the blocks that
   * were set.
   */
  bulk: async (event) => {
    const { claims, workspace } = requireMember(event)
    const posted = await event.request.formData()
    const ids = posted.getAll('id').filter((id): id is string => typeof id === 'string' && isUuid(id))
    const read = readBulkAction(posted, workspace.timeZone)
    const refused = { of: 'bulk', values: {} }
    if ('errors' in read) return refuseItem(400, { ...refused, errors: read.errors })
    if (ids.length === 0) return refuseItem(400, { ...refused, errors: { form: 'choice' } })
    if (ids.length > mostContactsAtOnce)
      return refuseItem(400, { ...refused, errors: { form: 'too_many_contacts' } })
    try {
      return await event.locals.services.asMember(claims, (database) =>
        changeContacts(database, workspace.id, ids, read.action),
      )
    } catch (error) {
      return refuseItem(422, { ...refused, errors: errorsOf(error) })
    }
  },

  /** Takes back blocks that the member has just set for many. Fields: block (again and again). */
  takeBack: async (event) => {
    const { claims, workspace } = requireMember(event)
    const posted = await event.request.formData()
    const ids = posted.getAll('block').filter((id): id is string => typeof id === 'string' && isUuid(id))
    const refused = { of: 'takeBack', values: {} }
    if (ids.length === 0 || ids.length > mostContactsAtOnce)
      return refuseItem(400, { ...refused, errors: { form: 'choice' } })
    try {
      const changed = await event.locals.services.asMember(claims, (database) =>
        takeBackBlocks(database, workspace.id, ids),
      )
      return { changed }
    } catch (error) {
      return refuseItem(422, { ...refused, errors: errorsOf(error) })
    }
  },
}

function readBulkAction(
  posted: FormData,
  timeZone: string,
): { action: BulkAction } | { errors: Partial<Record<string, string>> } {
  const value = readText(posted, 'value')
  switch (readText(posted, 'do')) {
    case 'owner':
      return value === '' || isUuid(value)
        ? { action: { kind: 'owner', ownerId: value === '' ? null : value } }
        : { errors: { owner: 'owner_not_member' } }
    case 'lead': {
      const leadStatus = leadStatuses.find((status) => status === value)
      return leadStatus === undefined
        ? { errors: { lead: 'lead_status_unknown' } }
        : { action: { kind: 'leadStatus', leadStatus } }
    }
    case 'label':
      return isUuid(value)
        ? { action: { kind: 'addLabel', labelId: value } }
        : { errors: { form: 'no_such_label' } }
    case 'unlabel':
      return isUuid(value)
        ? { action: { kind: 'removeLabel', labelId: value } }
        : { errors: { form: 'no_such_label' } }
    case 'block': {
      const { block, errors } = readBlock(posted, timeZone)
      return Object.keys(errors).length > 0 ? { errors } : { action: { kind: 'block', ...block } }
    }
    case 'unblock':
      return { action: { kind: 'unblock' } }
    default:
      return { errors: { form: 'choice' } }
  }
}
