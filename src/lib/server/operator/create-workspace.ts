import { sql } from 'kysely'
import type { Database } from '../database/database.ts'
import { createWorkspace, type NewWorkspace } from '../database/workspaces.ts'
import { OperatorError } from './operator-error.ts'

export interface CreatedWorkspace {
  workspaceId: string
  ownerId: string
  slug: string
}

/** What the database's checks mean for the one who typed the value. */
const explanations: Record<string, string> = {
  workspaces_name_check: 'The name must have 1 to 80 characters.',
  workspaces_time_zone_check: 'There is no such time zone: give one like Asia/Jakarta.',
  workspaces_default_country_check: 'The country must be a code of two letters, like ID.',
  workspace_members_display_name_check: "The owner's name must have 1 to 80 characters.",
}

/**
 * Makes a workspace in the name of its owner, by the same rules as one that is made in the browser.
 *
 * @param ownerId a user of Auth, see createOwner
 * @throws OperatorError for a name, time zone or country that the database does not accept
 */
export async function createWorkspaceFor(
  database: Database,
  ownerId: string,
  workspace: NewWorkspace,
): Promise<CreatedWorkspace> {
  const claims = JSON.stringify({ sub: ownerId })
  await sql`select set_config('request.jwt.claims', ${claims}, true)`.execute(database)
  const slug = await createWorkspace(database, workspace).catch((error: unknown) => {
    throw explain(error)
  })
  const { id } = await database
    .selectFrom('workspaces')
    .select('id')
    .where('slug', '=', slug)
    .executeTakeFirstOrThrow()
  return { workspaceId: id, ownerId, slug }
}

function explain(error: unknown): unknown {
  if (!(error instanceof Error) || !('constraint' in error)) return error
  const explanation = explanations[String(error.constraint)]
  return explanation === undefined ? error : new OperatorError(explanation)
}
