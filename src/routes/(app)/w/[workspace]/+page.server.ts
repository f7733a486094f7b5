import { redirect } from '@sveltejs/kit'
import { requireMember } from '#lib/server/session/guards.ts'
import type { PageServerLoad } from './$types'

export const load: PageServerLoad = (event) => {
  redirect(303, `/w/${requireMember(event).workspace.slug}/inbox`)
}
