import { randomUUID } from 'node:crypto'
import { readFile } from 'node:fs/promises'
import { sql } from 'kysely'
import { afterAll, beforeAll, beforeEach, expect, test } from 'vitest'
import type { ConversationOf } from '../../src/lib/server/database/conversation-states.ts'
import { deleteNote, editNote, writeNote } from '../../src/lib/server/database/notes.ts'
import { startTeamBench, type Person, type TeamBench } from '../support/team-bench.ts'
import type { TestWorkspace } from '../support/workspace.ts'

let bench: TeamBench
let workspace: TestWorkspace
let owner: Person
let author: Person
let at: ConversationOf

beforeAll(async () => {
  bench = await startTeamBench()
})

afterAll(() => bench.close())

beforeEach(async () => {
  workspace = await bench.makeWorkspace()
  owner = { sub: workspace.ownerId, exp: 0 }
  author = await bench.makeAgent(workspace)
  at = await bench.makeConversation(workspace)
})

const write = (
  body: string,
  {
    clientReference = randomUUID(),
    mentionedIds = [],
    who = author,
  }: { clientReference?: string; mentionedIds?: string[]; who?: Person } = {},
) => bench.asMember(who, (database) => writeNote(database, at, { clientReference, body, mentionedIds }))
const edit = (noteId: string, body: string, who = author) =>
  bench.asMember(who, (database) => editNote(database, at, noteId, body))
const remove = (noteId: string, who = author) =>
  bench.asMember(who, (database) => deleteNote(database, at, noteId))
const changedXid = async () => Number((await bench.read(at)).changed_xid)
const count = async () => {
  const rows = await bench.kysely
    .selectFrom('conversation_notes')
    .select('id')
    .where('conversation_id', '=', at.conversationId)
    .execute()
  return rows.length
}

test('a note is written once per client reference, and the conversation is touched', async () => {
  const clientReference = randomUUID()
  const before = await changedXid()
  const [first, second] = await Promise.all([
    write('Sudah transfer?', { clientReference, mentionedIds: [owner.sub, owner.sub] }),
    write('Sudah transfer?', { clientReference, mentionedIds: [owner.sub, owner.sub] }),
  ])
  expect(first).toEqual({
    id: expect.any(String),
    conversationId: at.conversationId,
    author: { id: author.sub, name: expect.stringMatching(/^Member/) },
    body: 'Sudah transfer?',
    mentionedIds: [owner.sub],
    clientReference,
    createdAt: expect.any(String),
    editedAt: null,
    isDeleted: false,
  })
  expect(second).toEqual(first)
  expect(await count()).toBe(1)
  expect(await changedXid()).toBeGreaterThan(before)
})

test('calls only members who are there and see the conversation', async () => {
  const stranger = await bench.makeAgent(await bench.makeWorkspace())
  const narrow = await bench.makeAgent(workspace)
  await sql`
    update public.workspace_members set visibility = 'own' where user_id = ${narrow.sub}
  `.execute(bench.kysely)
  const refused = { code: 'cannot_mention' }
  await expect(write('@you', { mentionedIds: [stranger.sub] })).rejects.toMatchObject(refused)
  await expect(write('@you', { mentionedIds: [owner.sub, narrow.sub] })).rejects.toMatchObject(refused)
  await bench.kysely
    .updateTable('conversations')
    .set({ assignee_id: narrow.sub })
    .where('id', '=', at.conversationId)
    .execute()
  expect((await write('@you', { mentionedIds: [narrow.sub] })).mentionedIds).toEqual([narrow.sub])
})

test('has words, and not too many', async () => {
  await expect(write(' \n\t ')).rejects.toMatchObject({ code: 'text_length' })
  await expect(write('x'.repeat(4097))).rejects.toMatchObject({ code: 'text_length' })
  const { id } = await write('x')
  await expect(edit(id, '')).rejects.toMatchObject({ code: 'text_length' })
})

test('is changed by its author alone, and told as changed', async () => {
  const { id } = await write('Besok')
  expect(await edit(id, 'Besok')).toMatchObject({ editedAt: null })
  expect(await edit(id, 'Lusa')).toMatchObject({ body: 'Lusa', editedAt: expect.any(String) })
  await expect(edit(id, 'Kemarin', owner)).rejects.toMatchObject({ code: 'not_author' })
  await expect(edit(randomUUID(), 'Lusa')).rejects.toMatchObject({ code: 'note_not_found' })
})

test('is emptied by its author or an admin, for good', async () => {
  const colleague = await bench.makeAgent(workspace)
  const [mine, other] = [await write('Satu', { mentionedIds: [owner.sub] }), await write('Dua')]
  await expect(remove(mine.id, colleague)).rejects.toMatchObject({ code: 'not_author' })
  expect(await remove(mine.id)).toMatchObject({ isDeleted: true, body: '', mentionedIds: [] })
  expect(await remove(mine.id)).toMatchObject({ isDeleted: true })
  expect(await remove(other.id, owner)).toMatchObject({ isDeleted: true, body: '' })
  await expect(edit(mine.id, 'Tiga')).rejects.toMatchObject({ code: 'note_not_found' })
})

test('is nothing to members of other workspaces', async () => {
  const stranger = await bench.makeAgent(await bench.makeWorkspace())
  const { id } = await write('Rahasia')
  const refused = { code: 'conversation_not_found' }
  await expect(write('Hai', { who: stranger })).rejects.toMatchObject(refused)
  await expect(edit(id, 'Hai', stranger)).rejects.toMatchObject(refused)
  await expect(remove(id, stranger)).rejects.toMatchObject(refused)
  expect(await count()).toBe(1)
})

test('never leaves: nothing that sends knows of the table', async () => {
  const { rows: functions } = await sql<{ name: string; source: string }>`
    select p.proname as name, p.prosrc as source
    from pg_proc p
    where p.pronamespace = 'private'::regnamespace and p.prosrc like '%conversation_notes%'
  `.execute(bench.kysely)
  // Whatever writes messages or is asked by the outbox must not read notes; these write notes, and tell who is mentioned.
  for (const { name, source } of functions) {
    expect({ name, writesMessages: /insert into public\.messages\b/.test(source) }).toEqual({
      name,
      writesMessages: false,
    })
  }
  const sources = await Promise.all(
    [
      'database/outbox.ts',
      'database/send-results.ts',
      'outbox/send-due-messages.ts',
      'jobs/send-message.ts',
    ].map((file) => readFile(new URL(`../../src/lib/server/${file}`, import.meta.url), 'utf8')),
  )
  expect(sources.filter((source) => /conversation_notes|\/notes\.ts/.test(source))).toEqual([])
})
