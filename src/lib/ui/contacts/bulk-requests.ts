import { postAction } from './post-action.ts'

export interface BulkAnswer {
  /** How many contacts were changed. */
  changed: number
  /** The blocks that were set. */
  blockIds: string[]
}

/**
 * Posts one of the forms of the list of contacts.
 *
 * @param href address of the contacts
 * @throws ActionRefused, or anything else when the server is out of reach
 */
export async function postBulk(
  href: string,
  form: 'bulk' | 'takeBack',
  fields: readonly [name: string, value: string][],
): Promise<BulkAnswer> {
  const { changed, blockIds = [] } = (await postAction(`${href}?/${form}`, fields)) as Partial<BulkAnswer>
  return { changed: changed ?? 0, blockIds }
}
