import type { Database } from '../database/database.ts'
import { OperatorError } from './operator-error.ts'

const uuid = /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/i

/**
 * The id of a workspace that an operator names by id or slug.
 *
 * @throws OperatorError when there is no such workspace
 */
export async function findWorkspace(database: Database, idOrSlug: string): Promise<string> {
  const found = await database
    .selectFrom('workspaces')
    .select('id')
    .where(uuid.test(idOrSlug) ? 'id' : 'slug', '=', idOrSlug)
    .executeTakeFirst()
  if (found === undefined) throw new OperatorError(`There is no workspace "${idOrSlug}".`)
  return found.id
}
