import { redirect } from '@sveltejs/kit'
import { z } from 'zod'
import { giveOutTurnsJob } from '#lib/server/database/assignment.ts'
import { createInvitation, listOpenInvitations, revokeInvitation } from '#lib/server/database/invitations.ts'
import { changeMember, listMembers, removeMember } from '#lib/server/database/members.ts'
import { listChannels } from '#lib/server/database/settings.ts'
import { changeTeam, createTeam, deleteTeam, listTeams } from '#lib/server/database/teams.ts'
import { readText } from '#lib/server/read-form.ts'
import { email } from '#lib/server/session/credentials.ts'
import { requireAdmin } from '#lib/server/session/guards.ts'
import { formatDate } from '#lib/server/time-zones.ts'
import { readWeek, typedWeek } from '#lib/server/week-fields.ts'
import { refuseItem, refuseRule } from '../refuse-item.ts'
import type { Actions, PageServerLoad } from './$types'

const memberSchema = z.object({
  user: z.uuid(),
  role: z.enum(['owner', 'admin', 'agent']),
  visibility: z.enum(['all', 'team', 'own']),
  availability: z.enum(['online', 'away']),
})
const capacitySchema = z
  .string()
  .trim()
  .regex(/^\d{0,4}$/)
  .transform((text) => (text === '' ? null : Number(text)))
  .refine((capacity) => capacity === null || capacity <= 1000)
const invitationSchema = z.object({
  role: z.enum(['admin', 'agent']),
  visibility: z.enum(['all', 'team', 'own']),
})
const optionalEmail = z.union([z.literal('').transform(() => null), email])
const nameFields = { name_taken: 'name', name_length: 'name' }

export const load: PageServerLoad = async (event) => {
  const { claims, workspace, role } = requireAdmin(event)
  const [members, teams, channels, invitations] = await event.locals.services.asMember(
    claims,
    async (database) => [
      await listMembers(database, workspace.id),
      await listTeams(database, workspace.id),
      await listChannels(database, workspace.id),
      await listOpenInvitations(database, workspace.id),
    ],
  )
  return {
    isOwner: role === 'owner',
    savedId: event.url.searchParams.get('saved'),
    members: members.map(({ joinedAt, ...member }) => ({
      ...member,
      joinedOn: formatDate(joinedAt, workspace.timeZone),
    })),
    invitations: invitations.map(({ expiresAt, ...invitation }) => ({
      ...invitation,
      expiresOn: formatDate(expiresAt, workspace.timeZone),
    })),
    teams,
    numbers: channels.map(({ id, name }) => ({ id, name })),
  }
}

export const actions: Actions = {
  member: async (event) => {
    const { claims, workspace } = requireAdmin(event)
    const posted = await event.request.formData()
    const values = {
      ...Object.fromEntries(
        ['user', 'role', 'visibility', 'availability', 'capacity'].map((name) => [
          name,
          readText(posted, name),
        ]),
      ),
      ...typedWeek(posted),
    }
    const of = readText(posted, 'user')
    const read = memberSchema.safeParse(values)
    const capacity = capacitySchema.safeParse(readText(posted, 'capacity'))
    const week = readWeek(posted)
    if (!read.success || !capacity.success || !week.isValid) {
      return refuseItem(400, {
        of,
        values,
        errors: {
          ...(read.success ? {} : { form: 'choice' }),
          ...(capacity.success ? {} : { capacity: 'bad_capacity' }),
          ...(week.isValid ? {} : { hours: week.error }),
        },
      })
    }
    const { user, ...settings } = read.data
    const workingHours = Object.keys(week.hours).length === 0 ? null : week.hours
    try {
      await event.locals.services.asMember(claims, async (database, enqueue) => {
        await changeMember(database, workspace.id, user, {
          ...settings,
          capacity: capacity.data,
          workingHours,
        })
        // Who is there now, or may have more, takes what waits.
        enqueue(giveOutTurnsJob(workspace.id))
      })
    } catch (error) {
      return refuseRule(error, { of, values }, { bad_capacity: 'capacity' })
    }
    redirect(303, `/w/${workspace.slug}/settings/team?saved=${user}`)
  },

  remove: async (event) => {
    const { claims, workspace } = requireAdmin(event)
    const of = readText(await event.request.formData(), 'user')
    const user = z.uuid().safeParse(of)
    if (!user.success) return refuseItem(400, { of, values: {}, errors: { form: 'choice' } })
    try {
      await event.locals.services.asMember(claims, async (database, enqueue) => {
        await removeMember(database, workspace.id, user.data)
        enqueue(giveOutTurnsJob(workspace.id))
      })
    } catch (error) {
      return refuseRule(error, { of, values: {} }, {})
    }
    redirect(303, `/w/${workspace.slug}/settings/team?saved`)
  },

  invite: async (event) => {
    const { claims, workspace } = requireAdmin(event)
    const posted = await event.request.formData()
    const values = Object.fromEntries(
      ['role', 'visibility', 'email'].map((name) => [name, readText(posted, name)]),
    )
    const read = invitationSchema.safeParse(values)
    const address = optionalEmail.safeParse(readText(posted, 'email').trim())
    if (!read.success || !address.success) {
      return refuseItem(400, {
        of: 'invitation',
        values,
        errors: {
          ...(read.success ? {} : { form: 'choice' }),
          ...(address.success ? {} : { email: 'bad_email' }),
        },
      })
    }
    try {
      const { token } = await event.locals.services.asMember(claims, (database) =>
        createInvitation(database, workspace.id, { ...read.data, email: address.data }),
      )
      // No redirect: the link stands nowhere but in this answer.
      const link = `${event.locals.services.environment.ORIGIN}/invitations/${token}`
      return { invited: { link, email: address.data } }
    } catch (error) {
      return refuseRule(error, { of: 'invitation', values }, { already_member: 'email' })
    }
  },

  revoke: async (event) => {
    const { claims, workspace } = requireAdmin(event)
    const of = readText(await event.request.formData(), 'invitation')
    const id = z.uuid().safeParse(of)
    if (!id.success) return refuseItem(400, { of, values: {}, errors: { form: 'choice' } })
    try {
      await event.locals.services.asMember(claims, (database) =>
        revokeInvitation(database, workspace.id, id.data),
      )
    } catch (error) {
      return refuseRule(error, { of, values: {} }, {})
    }
    redirect(303, `/w/${workspace.slug}/settings/team?saved`)
  },

  createTeam: async (event) => {
    const { claims, workspace } = requireAdmin(event)
    const name = readText(await event.request.formData(), 'name')
    let id: string
    try {
      id = await event.locals.services.asMember(claims, (database) =>
        createTeam(database, workspace.id, name),
      )
    } catch (error) {
      return refuseRule(error, { of: 'new', values: { name } }, { ...nameFields, too_many: 'name' })
    }
    redirect(303, `/w/${workspace.slug}/settings/team?saved=${id}`)
  },

  team: async (event) => {
    const { claims, workspace } = requireAdmin(event)
    const posted = await event.request.formData()
    const of = readText(posted, 'team')
    const values = { name: readText(posted, 'name') }
    const ids = z
      .object({ team: z.uuid(), members: z.array(z.uuid()), numbers: z.array(z.uuid()) })
      .safeParse({
        team: of,
        members: posted.getAll('member'),
        numbers: posted.getAll('number'),
      })
    if (!ids.success) return refuseItem(400, { of, values, errors: { form: 'choice' } })
    const { team, members, numbers } = ids.data
    try {
      await event.locals.services.asMember(claims, (database) =>
        changeTeam(database, workspace.id, {
          id: team,
          name: values.name,
          memberIds: members,
          channelIds: numbers,
        }),
      )
    } catch (error) {
      return refuseRule(error, { of, values }, nameFields)
    }
    redirect(303, `/w/${workspace.slug}/settings/team?saved=${team}`)
  },

  deleteTeam: async (event) => {
    const { claims, workspace } = requireAdmin(event)
    const of = readText(await event.request.formData(), 'team')
    const team = z.uuid().safeParse(of)
    if (!team.success) return refuseItem(400, { of, values: {}, errors: { form: 'choice' } })
    try {
      await event.locals.services.asMember(claims, (database) =>
        deleteTeam(database, workspace.id, team.data),
      )
    } catch (error) {
      return refuseRule(error, { of, values: {} }, {})
    }
    redirect(303, `/w/${workspace.slug}/settings/team?saved`)
  },
}
