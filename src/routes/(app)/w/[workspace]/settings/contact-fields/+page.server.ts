import { redirect } from '@sveltejs/kit'
import { fieldKinds } from '#lib/domain/contacts.ts'
import { isUuid } from '#lib/domain/uuid.ts'
import {
  changeContactField,
  countFieldValues,
  createContactField,
  listContactFields,
} from '#lib/server/database/contact-fields.ts'
import { readText } from '#lib/server/read-form.ts'
import { requireAdmin } from '#lib/server/session/guards.ts'
import { refuseItem, refuseRule } from '../refuse-item.ts'
import { moveContactField } from '#lib/server/database/contact-field-order.ts'
import type { Actions, PageServerLoad } from './$types'

const fieldOf = { name_taken: 'label', name_length: 'label', choices_invalid: 'choices' }

export const load: PageServerLoad = async (event) => {
  const { claims, workspace } = requireAdmin(event)
  const { fields, counts } = await event.locals.services.asMember(claims, async (database) => ({
    fields: await listContactFields(database, workspace.id, { withArchived: true }),
    counts: await countFieldValues(database, workspace.id),
  }))
  return {
    savedId: event.url.searchParams.get('saved'),
    fields: fields.map((field) => ({ ...field, count: counts.get(field.id) ?? 0 })),
  }
}

const choiceLength = 100

/** One choice a line. */
function readChoices(posted: FormData): string[] {
  return readText(posted, 'choices')
    .toWellFormed()
    .split(/\r?\n/)
    .map((choice) => choice.trim())
    .filter((choice) => choice !== '')
}

function areTooLong(choices: readonly string[]): boolean {
  return choices.some((choice) => choice.length > choiceLength)
}

export const actions: Actions = {
  /** Fields: label, kind, choices (one a line). */
  create: async (event) => {
    const { claims, workspace } = requireAdmin(event)
    const posted = await event.request.formData()
    const label = readText(posted, 'label').toWellFormed()
    const kind = fieldKinds.find((known) => known === readText(posted, 'kind'))
    const choices = kind === 'choice' ? readChoices(posted) : []
    const refused = { of: 'new', values: { label, kind: kind ?? '', choices: choices.join('\n') } }
    if (kind === undefined) return refuseItem(400, { ...refused, errors: { kind: 'choice' } })
    if (areTooLong(choices)) return refuseItem(400, { ...refused, errors: { choices: 'choices_invalid' } })
    let id: string
    try {
      id = await event.locals.services.asMember(claims, (database) =>
        createContactField(database, workspace.id, { label, kind, choices }),
      )
    } catch (error) {
      return refuseRule(error, refused, fieldOf)
    }
    redirect(303, `/w/${workspace.slug}/settings/contact-fields?saved=${id}`)
  },

  /** Fields: field (its id), label, choices (one a line; left out where it has none). */
  change: async (event) => {
    const { claims, workspace } = requireAdmin(event)
    const posted = await event.request.formData()
    const of = readText(posted, 'field')
    const label = readText(posted, 'label').toWellFormed()
    const choices = readChoices(posted)
    const refused = { of, values: { label, choices: choices.join('\n') } }
    if (!isUuid(of)) return refuseItem(400, { ...refused, errors: { form: 'choice' } })
    if (areTooLong(choices)) return refuseItem(400, { ...refused, errors: { choices: 'choices_invalid' } })
    try {
      await event.locals.services.asMember(claims, async (database) => {
        const fields = await listContactFields(database, workspace.id, { withArchived: true })
        const isChoice = fields.find(({ id }) => id === of.toLowerCase())?.kind === 'choice'
        await changeContactField(database, workspace.id, of, { label, ...(isChoice ? { choices } : {}) })
      })
    } catch (error) {
      return refuseRule(error, refused, fieldOf)
    }
    redirect(303, `/w/${workspace.slug}/settings/contact-fields?saved=${of}`)
  },

  /** Fields: field, direction (up, down). */
  move: async (event) => {
    const { claims, workspace } = requireAdmin(event)
    const posted = await event.request.formData()
    const of = readText(posted, 'field')
    const direction = readText(posted, 'direction')
    if (!isUuid(of) || (direction !== 'up' && direction !== 'down'))
      return refuseItem(400, { of, values: {}, errors: { form: 'choice' } })
    try {
      await event.locals.services.asMember(claims, (database) =>
        moveContactField(database, workspace.id, of, direction),
      )
    } catch (error) {
      return refuseRule(error, { of, values: {} }, {})
    }
    redirect(303, `/w/${workspace.slug}/settings/contact-fields?saved=${of}`)
  },

  archive: (event) => setArchived(event, true),

  restore: (event) => setArchived(event, false),
}

async function setArchived(event: Parameters<NonNullable<Actions[string]>>[0], isArchived: boolean) {
  const { claims, workspace } = requireAdmin(event)
  const of = readText(await event.request.formData(), 'field')
  if (!isUuid(of)) return refuseItem(400, { of, values: {}, errors: { form: 'choice' } })
  try {
    await event.locals.services.asMember(claims, (database) =>
      changeContactField(database, workspace.id, of, { isArchived }),
    )
  } catch (error) {
    return refuseRule(error, { of, values: {} }, {})
  }
  redirect(303, `/w/${workspace.slug}/settings/contact-fields?saved=${isArchived ? '' : of}`)
}
