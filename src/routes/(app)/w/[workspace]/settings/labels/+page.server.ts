import { redirect } from '@sveltejs/kit'
import { z } from 'zod'
import {
  changeLabel,
  createLabel,
  deleteLabel,
  labelColours,
  listLabels,
} from '#lib/server/database/labels.ts'
import { countLabelled } from '#lib/server/database/team-settings.ts'
import { readText } from '#lib/server/read-form.ts'
import { requireAdmin } from '#lib/server/session/guards.ts'
import { refuseItem, refuseRule } from '../refuse-item.ts'
import type { Actions, PageServerLoad } from './$types'

const nameFields = { name_taken: 'name', name_length: 'name', too_many: 'name' }

export const load: PageServerLoad = async (event) => {
  const { claims, workspace } = requireAdmin(event)
  const [labels, counts] = await event.locals.services.asMember(claims, async (database) => [
    await listLabels(database, workspace.id),
    await countLabelled(database, workspace.id),
  ])
  return {
    savedId: event.url.searchParams.get('saved'),
    labels: labels.map((label) => ({ ...label, count: counts.get(label.id) ?? 0 })),
  }
}

function readLabel(posted: FormData) {
  const colour = readText(posted, 'colour')
  return {
    name: readText(posted, 'name'),
    colour: labelColours.find((known) => known === colour) ?? labelColours[0],
  }
}

export const actions: Actions = {
  create: async (event) => {
    const { claims, workspace } = requireAdmin(event)
    const values = readLabel(await event.request.formData())
    let id: string
    try {
      const label = await event.locals.services.asMember(claims, (database) =>
        createLabel(database, workspace.id, values),
      )
      id = label.id
    } catch (error) {
      return refuseRule(error, { of: 'new', values }, nameFields)
    }
    redirect(303, `/w/${workspace.slug}/settings/labels?saved=${id}`)
  },

  change: async (event) => {
    const { claims, workspace } = requireAdmin(event)
    const posted = await event.request.formData()
    const of = readText(posted, 'label')
    const values = readLabel(posted)
    const id = z.uuid().safeParse(of)
    if (!id.success) return refuseItem(400, { of, values, errors: { form: 'choice' } })
    try {
      await event.locals.services.asMember(claims, (database) =>
        changeLabel(database, workspace.id, { id: id.data, ...values }),
      )
    } catch (error) {
      return refuseRule(error, { of, values }, nameFields)
    }
    redirect(303, `/w/${workspace.slug}/settings/labels?saved=${id.data}`)
  },

  delete: async (event) => {
    const { claims, workspace } = requireAdmin(event)
    const of = readText(await event.request.formData(), 'label')
    const id = z.uuid().safeParse(of)
    if (!id.success) return refuseItem(400, { of, values: {}, errors: { form: 'choice' } })
    try {
      await event.locals.services.asMember(claims, (database) => deleteLabel(database, workspace.id, id.data))
    } catch (error) {
      return refuseRule(error, { of, values: {} }, {})
    }
    redirect(303, `/w/${workspace.slug}/settings/labels?saved`)
  },
}
