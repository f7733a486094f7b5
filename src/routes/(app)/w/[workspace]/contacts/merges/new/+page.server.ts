import { error, redirect, type RequestEvent } from '@sveltejs/kit'
import { hashPlan } from '#lib/domain/merges/hash-plan.ts'
import { planMerge } from '#lib/domain/merges/plan-merge.ts'
import { RefusedChoice } from '#lib/domain/merges/read-choices.ts'
import { isRuleViolation } from '#lib/domain/rule-violation.ts'
import { readContactChoices } from '#lib/server/database/contact-choices.ts'
import type { Database } from '#lib/server/database/database.ts'
import { findMergeRoots, readMergeFacts } from '#lib/server/database/merge-facts.ts'
import { executeMerge, proposeMerge, type MergeRequest } from '#lib/server/database/merges.ts'
import { requireMember } from '#lib/server/session/guards.ts'
import { refuseItem } from '../../../settings/refuse-item.ts'
import { typedValues } from '../../read-contact-form.ts'
import { readContactIds, readMergeForm } from './read-merge-form.ts'
import type { Actions, PageServerLoad } from './$types'

/**
 * What merging some contacts would do. Query: contacts (ids, by commas), survivor (who is to go on), take (whose side is
 * taken of every field). Contacts that are one already lead to who shows them.
 */
export const load: PageServerLoad = async (event) => {
  const { claims, workspace, role } = requireMember(event)
  const query = event.url.searchParams
  const ids = readContactIds(query)
  if (ids.length === 0) error(404, 'This contact does not exist')
  const found = await event.locals.services.asMember(claims, async (database) => {
    const rootIds = await findMergeRoots(database, workspace.id, ids)
    const facts = await readMergeFacts(database, workspace.id, rootIds)
    const { members, labels } = await readContactChoices(database, {
      workspaceId: workspace.id,
      userId: claims.sub,
    })
    return { facts, members, labels }
  })
  const [only, second] = found.facts.sides
  if (only === undefined) error(404, 'This contact does not exist')
  if (second === undefined) redirect(307, `/w/${encodeURIComponent(workspace.slug)}/contacts/${only.id}`)
  const plan = planMerge(found.facts, query.get('survivor')?.toLowerCase())
  const take = query.get('take')?.toLowerCase()
  return {
    ...found,
    plan,
    planHash: hashPlan(found.facts, plan.survivorId),
    takenSide: found.facts.sides.find(({ id }) => id === take)?.id ?? null,
    isAdmin: role !== 'agent',
  }
}

async function ask(
  event: RequestEvent<{ workspace: string }>,
  work: (
    database: Database,
    inbox: { workspaceId: string; userId: string },
    request: MergeRequest,
  ) => Promise<string>,
) {
  const { claims, workspace } = requireMember(event)
  const posted = await event.request.formData()
  const request = readMergeForm(posted)
  const inbox = { workspaceId: workspace.id, userId: claims.sub }
  let path: string
  try {
    path = await event.locals.services.asMember(claims, (database) => work(database, inbox, request))
  } catch (failure) {
    if (!isRuleViolation(failure)) throw failure
    const field =
      failure instanceof RefusedChoice ? failure.field : failure.code === 'reason_length' ? 'reason' : 'form'
    return refuseItem(422, { of: 'merge', values: typedValues(posted), errors: { [field]: failure.code } })
  }
  redirect(303, `/w/${encodeURIComponent(workspace.slug)}/contacts/${path}`)
}

export const actions: Actions = {
  /** Fields: those of readMergeForm. Leads to the contact that goes on. For owners and admins. */
  merge: (event) =>
    ask(event, async (database, inbox, request) => (await executeMerge(database, inbox, request)).survivorId),

  /** The same, for an owner or admin to decide. */
  propose: (event) =>
    ask(event, async (database, inbox, request) => {
      await proposeMerge(database, inbox, request)
      return 'merges?proposed'
    }),
}
