import { fail, type RequestEvent } from '@sveltejs/kit'
import { isUuid } from '#lib/domain/uuid.ts'
import { isRuleViolation } from '#lib/domain/rule-violation.ts'
import { readContactChoices } from '#lib/server/database/contact-choices.ts'
import type { Database } from '#lib/server/database/database.ts'
import { listMergeProposals, listMerges } from '#lib/server/database/merge-list.ts'
import { decideProposal, undoMerge } from '#lib/server/database/merges.ts'
import { decideThreadProposal, listThreadProposals } from '#lib/server/database/thread-proposals.ts'
import { readText } from '#lib/server/read-form.ts'
import { requireMember } from '#lib/server/session/guards.ts'
import type { Actions, PageServerLoad } from './$types'

/**
 * Who merged what, when and why, and what is proposed. Query: contact (only those in which it had a part), undone (the merge,
 * or edge, that was undone just now).
 */
export const load: PageServerLoad = async (event) => {
  const { claims, workspace, role } = requireMember(event)
  const contactId = event.url.searchParams.get('contact')
  return event.locals.services.asMember(claims, async (database) => {
    const of = { workspaceId: workspace.id, userId: claims.sub }
    const { members, fields } = await readContactChoices(database, of)
    return {
      merges: await listMerges(
        database,
        workspace.id,
        contactId !== null && isUuid(contactId) ? contactId : null,
      ),
      proposals: await listMergeProposals(database, workspace.id),
      threadProposals: await listThreadProposals(database, workspace.id),
      members,
      fields,
      isAdmin: role !== 'agent',
      isProposed: event.url.searchParams.has('proposed'),
      undone: event.url.searchParams.get('undone'),
    }
  })
}

type Done = { undone: string } | { decided: string; state: string } | { threads: string; state: string }

async function act(
  event: RequestEvent<{ workspace: string }>,
  missing: string,
  work: (
    database: Database,
    inbox: { workspaceId: string; userId: string },
    id: string,
    note: string,
  ) => Promise<Done>,
) {
  const { claims, workspace } = requireMember(event)
  const posted = await event.request.formData()
  const id = readText(posted, 'id')
  if (!isUuid(id)) return fail(422, { of: id, refused: missing })
  try {
    return await event.locals.services.asMember(claims, (database) =>
      work(database, { workspaceId: workspace.id, userId: claims.sub }, id, readText(posted, 'note')),
    )
  } catch (failure) {
    if (!isRuleViolation(failure)) throw failure
    return fail(422, { of: id, refused: failure.code })
  }
}

const decideThreads = (event: RequestEvent<{ workspace: string }>, decision: 'accept' | 'reject') =>
  act(event, 'proposal_not_found', async (database, { workspaceId }, id, note) => ({
    threads: id,
    state: await decideThreadProposal(database, workspaceId, id, decision, note),
  }))

export const actions: Actions = {
  /** Fields: id (of a merge, or of one of its edges). For owners and admins. */
  undo: (event) =>
    act(event, 'merge_not_found', async (database, inbox, id) => {
      await undoMerge(database, inbox, id)
      return { undone: id }
    }),

  /** Fields: id (of a proposal). For owners and admins. */
  accept: (event) =>
    act(event, 'proposal_not_found', async (database, inbox, id) => {
      const { state } = await decideProposal(database, inbox, id, 'accept')
      return { decided: id, state }
    }),

  /** Fields: id (of a proposal). Also for who made it, who takes it back by this. */
  reject: (event) =>
    act(event, 'proposal_not_found', async (database, inbox, id) => {
      const { state } = await decideProposal(database, inbox, id, 'reject')
      return { decided: id, state }
    }),

  /** Fields: id (of a proposal to merge conversations), note (a word on it, or nothing). For owners and admins. */
  acceptThreads: (event) => decideThreads(event, 'accept'),

  /** The same. Also for who made it, who takes it back by this. */
  rejectThreads: (event) => decideThreads(event, 'reject'),
}
