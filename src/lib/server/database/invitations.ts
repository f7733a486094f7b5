import { createHash, randomBytes } from 'node:crypto'
import { sql } from 'kysely'
import { RuleViolation } from '../../domain/rule-violation.ts'
import type { Claims, Database } from './database.ts'
import type { MemberVisibility, WorkspaceRole } from './schema.d.ts'

/** What somebody is invited to be. Nobody is made an owner by a link. */
export interface NewInvitation {
  role: Exclude<WorkspaceRole, 'owner'>
  visibility: MemberVisibility
  /** Whose the link is; null where whoever holds it may use it. */
  email: string | null
}

export interface OpenInvitation {
  id: string
  role: WorkspaceRole
  email: string | null
  madeBy: string
  expiresAt: Date
  isExpired: boolean
}

/** What an invitation says to whoever holds its link. */
export interface InvitationCard {
  workspaceSlug: string
  workspaceName: string
  invitedBy: string
  role: WorkspaceRole
  email: string | null
  state: 'open' | 'accepted' | 'revoked' | 'expired'
  /** Whether it was the signed-in user who accepted it. */
  isMine: boolean
}

/** The claims of nobody, for what may be asked before signing in: the nil UUID is no user's. */
export const nobody: Claims = { sub: '00000000-0000-0000-0000-000000000000', exp: 0 }

const tokenBytes = 32

/**
 * Invites somebody into a workspace, as an owner or admin. An open invitation to the same address is good no more.
 *
 * @returns its id, and the secret of its link, which is kept nowhere
 * @throws RuleViolation `not_allowed` for agents, `already_member`, `too_many_invitations`
 */
export async function createInvitation(
  database: Database,
  workspaceId: string,
  { role, visibility, email }: NewInvitation,
): Promise<{ id: string; token: string }> {
  const token = randomBytes(tokenBytes).toString('base64url')
  const { rows } = await sql<{ id: string }>`
    select private.create_invitation(
      ${workspaceId}, ${role}::public.workspace_role, ${visibility}::public.member_visibility, ${email}, ${hashOf(token)}
    ) as id
  `
    .execute(database)
    .catch(throwInvitationViolation)
  const id = rows[0]?.id
  if (id === undefined) throw new Error('no invitation was made')
  return { id, token }
}

/**
 * Takes an invitation back, as an owner or admin.
 *
 * @throws RuleViolation `not_allowed` for agents, `invitation_not_found` where it is not open
 */
export async function revokeInvitation(
  database: Database,
  workspaceId: string,
  invitationId: string,
): Promise<void> {
  const { rows } = await sql`select private.revoke_invitation(${workspaceId}, ${invitationId})`
    .execute(database)
    .catch(throwInvitationViolation)
  if (rows.length === 0) throw new RuleViolation('invitation_not_found', 'There is no such invitation.')
}

/** Those that nobody has accepted or taken back, the newest first; with those that expired in the last thirty days. */
export async function listOpenInvitations(
  database: Database,
  workspaceId: string,
): Promise<OpenInvitation[]> {
  const { rows } = await sql<OpenInvitation>`
    select i.id, i.role, i.email, maker.display_name as "madeBy", i.expires_at as "expiresAt",
      i.expires_at <= now() as "isExpired"
    from public.workspace_invitations i
    join public.workspace_members maker on maker.workspace_id = i.workspace_id and maker.user_id = i.made_by
    where i.workspace_id = ${workspaceId} and i.accepted_at is null and i.revoked_at is null
      and i.expires_at > now() - interval '30 days'
    order by i.made_at desc, i.id
  `.execute(database)
  return rows
}

/** What an invitation says, to visitors too. Null for a secret that is none. */
export async function readInvitation(database: Database, token: string): Promise<InvitationCard | null> {
  const { rows } = await sql<InvitationCard>`
    select r.workspace_slug as "workspaceSlug", r.workspace_name as "workspaceName", r.invited_by as "invitedBy",
      r.role, r.email, r.state, r.is_mine as "isMine"
    from private.read_invitation(${hashOf(token)}) r
  `.execute(database)
  return rows[0] ?? null
}

/**
 * Makes the signed-in user a member as their invitation says.
 *
 * @returns the workspace's slug
 * @throws RuleViolation `invitation_not_found`, `invitation_used`, `invitation_revoked`, `invitation_expired`,
 *   `invitation_of_another`
 */
export async function acceptInvitation(
  database: Database,
  token: string,
  displayName: string,
): Promise<string> {
  const { rows } = await sql<{ slug: string }>`
    select w.slug from private.accept_invitation(${hashOf(token)}, ${displayName}) w
  `
    .execute(database)
    .catch(throwInvitationViolation)
  const slug = rows[0]?.slug
  if (slug === undefined) throw new RuleViolation('invitation_not_found', 'There is no such invitation.')
  return slug
}

function hashOf(token: string): Buffer {
  return createHash('sha256').update(token).digest()
}

const words: Record<string, string> = {
  already_member: 'They are a member already.',
  too_many_invitations: 'A workspace has at most 100 open invitations.',
  invitation_not_found: 'There is no such invitation.',
  invitation_used: 'The invitation was used by somebody else.',
  invitation_revoked: 'The invitation was taken back.',
  invitation_expired: 'The invitation has expired.',
  invitation_of_another: 'The invitation is for another e-mail address.',
}

function throwInvitationViolation(error: unknown): never {
  if (!(error instanceof Error) || !('code' in error)) throw error
  if (error.code === '42501') throw new RuleViolation('not_allowed', 'Only owners and admins invite people.')
  const told = error.code === 'P0001' ? words[error.message] : undefined
  throw told === undefined ? error : new RuleViolation(error.message, told)
}
