import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { startUpload } from '../../src/lib/server/composer/start-upload.ts'
import { takeBack } from '../../src/lib/server/composer/send.ts'
import type { Claims } from '../../src/lib/server/database/database.ts'
import { makeInboxScene, type InboxScene } from '../support/inbox-scene.ts'
import { addMember } from '../support/workspace.ts'

let scene: InboxScene

beforeAll(async () => {
  scene = await makeInboxScene()
})

afterAll(() => scene.close())

describe('files that a member never sends', () => {
  const attach = (claims: Claims) =>
    scene.asMember(claims, (database) =>
      startUpload(database, scene.workspace.workspaceId, {
        fileName: 'picture.jpg',
        mimeType: 'image/jpeg',
        byteSize: 5_000_000,
      }),
    )
  const fill = (claims: Claims, age: string) =>
    scene.admin.query(
      `insert into private.uploads (workspace_id, author_id, kind, file_name, mime_type, byte_size, created_at)
       select $1, $2, 'image', 'a.jpg', 'image/jpeg', 1, now() - $3::interval from generate_series(1, 199)`,
      [scene.workspace.workspaceId, claims.sub, age],
    )

  test('are two hundred in a day at most, of each', async () => {
    await fill(scene.agent, '1 hour')
    await attach(scene.agent)
    await expect(attach(scene.agent)).rejects.toMatchObject({ code: 'too_many_uploads' })
    await attach(scene.owner)
  })

  test('count no longer than they are kept', async () => {
    const agent = await addMember(scene.database.adminUrl, scene.workspace.workspaceId, 'agent')
    await fill(agent, '25 hours')
    await attach(agent)
    expect(await attach(agent)).toMatchObject({ kind: 'image' })
  })

  test('are not those that were sent', async () => {
    const agent = await addMember(scene.database.adminUrl, scene.workspace.workspaceId, 'agent')
    const thread = await scene.startThread()
    await fill(agent, '1 hour')
    const { uploadId } = await attach(agent)
    const messageId = await scene.write(thread, { type: 'image', direction: 'outbound', origin: 'my21staff' })
    await scene.admin.query(
      `insert into message_media (workspace_id, message_id, kind, upload_id) values ($1, $2, 'image', $3)`,
      [scene.workspace.workspaceId, messageId, uploadId],
    )
    expect(await attach(agent)).toMatchObject({ kind: 'image' })
  })
})

test('nothing is locked for who does not see it', async () => {
  const stranger = await addMember(scene.database.adminUrl, scene.workspace.workspaceId, 'agent')
  await scene.admin.query(`update workspace_members set visibility = 'own' where user_id = $1`, [
    stranger.sub,
  ])
  const thread = await scene.startThread()
  const messageId = await scene.write(thread, {})
  await scene.admin.query('begin')
  try {
    await scene.admin.query('select from conversations where id = $1 for update', [thread.id])
    const attempt = scene.asMember(stranger, (database) =>
      takeBack(database, () => undefined, scene.workspace.workspaceId, thread.id, messageId),
    )
    await expect(attempt).rejects.toMatchObject({ code: 'not_found' })
  } finally {
    await scene.admin.query('rollback')
  }
})
