import { randomUUID } from 'node:crypto'
import { error, redirect, type RequestEvent } from '@sveltejs/kit'
import type { ContactPage } from '#lib/domain/contacts.ts'
import { leadStatuses } from '#lib/domain/inbox-views.ts'
import { isUuid } from '#lib/domain/uuid.ts'
import { labelContact, type LabelAction } from '#lib/server/database/contact-bulk.ts'
import { readContactChoices } from '#lib/server/database/contact-choices.ts'
import { blockContact, editContact, setOptOut, unblockContact } from '#lib/server/database/contact-edits.ts'
import { deleteContactNote, writeContactNote } from '#lib/server/database/contact-notes.ts'
import { findContactPage, findRootContactId } from '#lib/server/database/contact-page.ts'
import type { Database } from '#lib/server/database/database.ts'
import { deleteNote } from '#lib/server/database/notes.ts'
import { readText } from '#lib/server/read-form.ts'
import { requireMember } from '#lib/server/session/guards.ts'
import { refuseItem } from '../../settings/refuse-item.ts'
import { errorsOf, readBlock, readChanges, typedValues, type Errors } from '../read-contact-form.ts'
import type { Actions, PageServerLoad } from './$types'

/** All that is known of one person. The address of somebody who was merged leads to who shows them now, for ever. */
export const load: PageServerLoad = async (event) => {
  const { claims, workspace } = requireMember(event)
  const contactId = event.params.contact
  if (!isUuid(contactId)) error(404, 'This contact does not exist')
  const found = await event.locals.services.asMember(claims, async (database) => {
    const rootId = await findRootContactId(database, workspace.id, contactId)
    if (rootId === undefined || rootId !== contactId.toLowerCase()) return { rootId }
    return {
      contact: await findContactPage(database, workspace.id, rootId),
      choices: await readContactChoices(database, { workspaceId: workspace.id, userId: claims.sub }),
    }
  })
  if ('contact' in found && found.contact !== undefined)
    return { contact: found.contact, choices: found.choices, noteReference: randomUUID() }
  if ('rootId' in found && found.rootId !== undefined) {
    const query = event.untrack(() => event.url.search)
    redirect(307, `/w/${encodeURIComponent(workspace.slug)}/contacts/${found.rootId}${query}`)
  }
  error(404, 'This contact does not exist')
}

/** Runs what a form asks for; `of` says which form. Answers `{ saved: of }`, or what was refused. */
async function change(
  event: RequestEvent<{ workspace: string; contact: string }>,
  of: string,
  work: (
    database: Database,
    asked: { workspaceId: string; timeZone: string; contactId: string; posted: FormData },
  ) => Promise<Errors | undefined>,
) {
  const { claims, workspace } = requireMember(event)
  const contactId = event.params.contact
  if (!isUuid(contactId)) error(404, 'This contact does not exist')
  const posted = await event.request.formData()
  const refused = { of, values: typedValues(posted) }
  const asked = { workspaceId: workspace.id, timeZone: workspace.timeZone, contactId, posted }
  try {
    const errors = await event.locals.services.asMember(claims, (database) => work(database, asked))
    if (errors !== undefined && Object.keys(errors).length > 0) return refuseItem(400, { ...refused, errors })
  } catch (failure) {
    return refuseItem(422, { ...refused, errors: errorsOf(failure) })
  }
  return { saved: of }
}

/** By the names of the form's fields. */
function shownValues(contact: ContactPage) {
  return {
    name: contact.name.value,
    email: contact.email.value,
    owner: contact.owner.value,
    lead: contact.leadStatus.value,
    ...Object.fromEntries(contact.fields.map(({ id, value }) => [`field:${id}`, value])),
  }
}

export const actions: Actions = {
  /** Fields: those of readChanges. */
  edit: (event) =>
    change(event, 'edit', async (database, { workspaceId, contactId, posted }) => {
      const rootId = await findRootContactId(database, workspaceId, contactId)
      const contact = rootId && (await findContactPage(database, workspaceId, rootId))
      if (!contact) return { form: 'contact_not_found' }
      const { changes, errors } = readChanges(posted, contact.fields, shownValues(contact))
      if (Object.keys(errors).length > 0) return errors
      if (Object.keys(changes).length > 0) await editContact(database, workspaceId, contactId, changes)
      return undefined
    }),

  /** Fields: owner (nothing for nobody). */
  owner: (event) =>
    change(event, 'owner', async (database, { workspaceId, contactId, posted }) => {
      const ownerId = readText(posted, 'owner')
      if (ownerId !== '' && !isUuid(ownerId)) return { owner: 'owner_not_member' }
      await editContact(database, workspaceId, contactId, { ownerId: ownerId === '' ? null : ownerId })
      return undefined
    }),

  /** Fields: lead. */
  leadStatus: (event) =>
    change(event, 'leadStatus', async (database, { workspaceId, contactId, posted }) => {
      const lead = readText(posted, 'lead').trim()
      const leadStatus = leadStatuses.find((status) => status === lead)
      if (leadStatus === undefined) return { lead: 'lead_status_unknown' }
      await editContact(database, workspaceId, contactId, { leadStatus })
      return undefined
    }),

  /** Fields: level, reason, until (a day, or nothing for without end). */
  block: (event) =>
    change(event, 'block', async (database, { workspaceId, contactId, timeZone, posted }) => {
      const { block, errors } = readBlock(posted, timeZone)
      if (Object.keys(errors).length > 0) return errors
      await blockContact(database, workspaceId, contactId, block)
      return undefined
    }),

  unblock: (event) =>
    change(event, 'unblock', async (database, { workspaceId, contactId }) => {
      await unblockContact(database, workspaceId, contactId)
      return undefined
    }),

  /** Fields: reason. */
  optOut: (event) => changeOptOut(event, 'optOut', true),

  optIn: (event) => changeOptOut(event, 'optIn', false),

  /** Fields: label. */
  label: (event) => changeLabel(event, 'label', 'addLabel'),

  /** Fields: label. */
  unlabel: (event) => changeLabel(event, 'unlabel', 'removeLabel'),

  /** Fields: note, conversation (nothing for the one that was active last), reference (so that it is written once). */
  note: (event) =>
    change(event, 'note', async (database, { workspaceId, contactId, posted }) => {
      const body = readText(posted, 'note').toWellFormed().trim()
      const conversation = readText(posted, 'conversation')
      const reference = readText(posted, 'reference')
      if (body === '') return { note: 'note_empty' }
      await writeContactNote(
        database,
        { workspaceId, contactId },
        {
          conversationId: isUuid(conversation) ? conversation : null,
          clientReference: isUuid(reference) ? reference : randomUUID(),
          body,
        },
      )
      return undefined
    }),

  /** Takes away a note of one's own. Fields: id, conversation (nothing for one that lies on the contact itself). */
  deleteNote: (event) =>
    change(event, 'deleteNote', async (database, { workspaceId, contactId, posted }) => {
      const noteId = readText(posted, 'id')
      const conversationId = readText(posted, 'conversation')
      if (!isUuid(noteId) || (conversationId !== '' && !isUuid(conversationId)))
        return { form: 'note_not_found' }
      if (conversationId === '') await deleteContactNote(database, { workspaceId, contactId }, noteId)
      else await deleteNote(database, { workspaceId, conversationId }, noteId)
      return undefined
    }),
}

function changeLabel(event: Parameters<typeof change>[0], of: string, kind: LabelAction['kind']) {
  return change(event, of, async (database, { workspaceId, contactId, posted }) => {
    const labelId = readText(posted, 'label')
    if (!isUuid(labelId)) return { form: 'no_such_label' }
    await labelContact(database, workspaceId, contactId, { kind, labelId })
    return undefined
  })
}

function changeOptOut(event: Parameters<typeof change>[0], of: string, isOptedOut: boolean) {
  return change(event, of, async (database, { workspaceId, contactId, posted }) => {
    const reason = readText(posted, 'reason').toWellFormed().trim()
    if (reason.length > 500) return { reason: 'reason_length' }
    await setOptOut(database, workspaceId, contactId, { isOptedOut, reason: reason === '' ? null : reason })
    return undefined
  })
}
