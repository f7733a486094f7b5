import { uploadPath } from '../composer/upload-path.ts'
import type { AsSystem } from '../database/database.ts'
import { deleteUploads, listOrphanedUploads } from '../database/uploads.ts'
import type { MediaStore } from '../media/media-store.ts'

/** Long enough for whoever attached a file and went home. */
const keptHours = 24

/**
 * Removes files that were uploaded and never sent, from Storage first: a row without an object is found again.
 *
 * @returns how many
 */
export async function dropOrphanedUploads(
  { asSystem, store }: { asSystem: AsSystem; store: MediaStore },
  signal?: AbortSignal,
  olderThanHours = keptHours,
): Promise<number> {
  let dropped = 0
  while (signal?.aborted !== true) {
    const orphans = await asSystem((database) => listOrphanedUploads(database, olderThanHours))
    if (orphans.length === 0) break
    await store.remove(orphans.map(({ workspaceId, id }) => uploadPath(workspaceId, id)))
    await asSystem((database) =>
      deleteUploads(
        database,
        orphans.map(({ id }) => id),
      ),
    )
    dropped += orphans.length
  }
  return dropped
}
