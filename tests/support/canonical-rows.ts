import pg from 'pg'

type Row = Record<string, unknown>

const tables = [
  'public.channels',
  'public.webhook_events',
  'public.contacts',
  'public.contact_identities',
  'public.identity_phones',
  'public.business_scoped_ids',
  'public.conversations',
  'public.kapso_conversations',
  'public.messages',
  'public.message_statuses',
  'public.message_reactions',
  'public.message_media',
  'public.marketing_preferences',
  'public.channel_events',
  'public.workflow_executions',
  'public.workflow_execution_events',
  'public.sync_health',
  'public.sync_failures',
  'private.held_sightings',
] as const

/**
 * Everything that ingest has written of a workspace, with ids of rows replaced by what the rows say, and without the
 * times of receipt: two workspaces that were told the same must look the same here. Accounts, contacts and threads that
 * were joined are seen as the one that they are together. Every other column is in it, new ones too.
 */
export async function readCanonicalRows(
  adminUrl: string,
  workspaceId: string,
): Promise<Record<string, Row[]>> {
  const client = new pg.Client(adminUrl)
  await client.connect()
  try {
    // In one statement: this is read very often.
    const { rows } = await client.query<{ name: string; rows: Row[] }>(
      tables
        .map(
          (table) =>
            `select '${table}' as name, coalesce(jsonb_agg(to_jsonb(t)), '[]') as rows
             from ${table} t where t.workspace_id = $1`,
        )
        .join(' union all '),
      [workspaceId],
    )
    const byTable = new Map(rows.map((row) => [row.name, row.rows]))
    const read = (table: (typeof tables)[number]): Row[] => byTable.get(table) ?? []
    return await describe(read, client, workspaceId)
  } finally {
    await client.end()
  }
}

async function describe(
  read: (table: (typeof tables)[number]) => Row[],
  client: pg.Client,
  workspaceId: string,
): Promise<Record<string, Row[]>> {
  const channels = nameBy(read('public.channels'), (row) => text(row['phone_number_id']))
  const events = nameBy(read('public.webhook_events'), (row) => text(row['event_id']))
  const identities = read('public.contact_identities')
  const conversations = read('public.conversations')
  const sessions = read('public.kapso_conversations')
  const phones = read('public.identity_phones')
  const scopedIds = read('public.business_scoped_ids')
  const rootOf = new Map(identities.map((row) => [text(row['id']), text(row['root_id'])]))
  const identityOfThread = new Map(conversations.map((row) => [text(row['id']), text(row['identity_id'])]))

  // A group is named by all that its people are known by.
  const knownBy = new Map<string, Set<string>>()
  const note = (identityId: unknown, name: string) => {
    const root = rootOf.get(text(identityId)) ?? ''
    knownBy.set(root, (knownBy.get(root) ?? new Set()).add(name))
  }
  for (const row of phones) note(row['identity_id'], text(row['phone_normalized']))
  for (const row of scopedIds) note(row['identity_id'], text(row['value']))
  for (const row of sessions) {
    note(identityOfThread.get(text(row['conversation_id'])), text(row['kapso_conversation_id']))
  }
  const person = (identityId: unknown) =>
    [...(knownBy.get(rootOf.get(text(identityId)) ?? '') ?? [`nobody ${text(identityId)}`])].sort().join(' ')
  const threadOf = new Map(
    conversations.map((row) => [
      text(row['id']),
      `${channels.get(text(row['channel_id'])) ?? ''} ${person(row['identity_id'])}`,
    ]),
  )
  const thread = (id: unknown) => threadOf.get(text(id)) ?? null
  const channel = (id: unknown) => channels.get(text(id)) ?? null
  const event = (id: unknown) => events.get(text(id)) ?? null

  const messages = read('public.messages')
  const wamids = nameBy(messages, (row) => text(row['wamid']))
  const moments = nameBy(messages, (row) => text(row['occurred_at']))
  const contacts = new Map(read('public.contacts').map((row) => [text(row['id']), row]))

  const described: Record<string, Row[]> = {
    messages: messages.map((row) => ({
      ...without(row, ['id', 'created_at', 'changed_xid']),
      conversation_id: thread(row['conversation_id']),
      channel_id: channel(row['channel_id']),
    })),
    message_statuses: read('public.message_statuses').map((row) => ({
      // Several events may tell the same status: which came in first is a fact of receipt.
      ...without(row, ['id', 'received_at', 'webhook_event_id']),
      channel_id: channel(row['channel_id']),
    })),
    message_reactions: read('public.message_reactions').map((row) => ({
      ...without(row, ['id', 'changed_xid']),
      channel_id: channel(row['channel_id']),
    })),
    message_media: read('public.message_media').map((row) => ({
      ...without(row, ['created_at', 'changed_xid', 'due_at']),
      message_id: wamids.get(text(row['message_id'])),
      webhook_event_id: event(row['webhook_event_id']),
    })),
    conversations: conversations
      .filter((row) => row['root_id'] === row['id'])
      .map((row) => ({
        // When it came into its state: for one that nobody touched, the time of receipt.
        ...without(row, ['id', 'root_id', 'created_at', 'changed_xid', 'state_at']),
        thread: thread(row['id']),
        identity_id: person(row['identity_id']),
        channel_id: channel(row['channel_id']),
        // Which of one second came in last is a fact of receipt; that it is the last one is an invariant.
        last_message_id: moments.get(text(row['last_message_id'])) ?? null,
      })),
    kapso_conversations: sessions.map((row) => ({
      ...without(row, ['id']),
      conversation_id: thread(row['conversation_id']),
    })),
    people: describePeople(identities, contacts, person),
    phones: fold(
      phones,
      (row) => `${person(row['identity_id'])} ${text(row['phone_normalized'])}`,
      (rows) => ({
        ...without(rows[0] ?? {}, ['id']),
        identity_id: person(rows[0]?.['identity_id']),
        first_seen_at: least(rows, 'first_seen_at'),
        last_seen_at: greatest(rows, 'last_seen_at'),
      }),
    ),
    business_scoped_ids: scopedIds.map((row) => ({
      ...without(row, ['id']),
      identity_id: person(row['identity_id']),
    })),
    marketing_preferences: fold(
      read('public.marketing_preferences'),
      (row) => `${text(row['channel_id'])} ${person(row['identity_id'])}`,
      (rows) => {
        const row = rows.reduce((one, other) =>
          Number(other['sequence']) > Number(one['sequence']) ? other : one,
        )
        return {
          ...without(row, ['id']),
          channel_id: channel(row['channel_id']),
          identity_id: person(row['identity_id']),
        }
      },
    ),
    channel_events: read('public.channel_events').map((row) => ({
      ...without(row, ['id']),
      channel_id: channel(row['channel_id']),
      webhook_event_id: event(row['webhook_event_id']),
    })),
    workflow_executions: read('public.workflow_executions').map((row) => without(row, ['id'])),
    workflow_execution_events: read('public.workflow_execution_events').map((row) => ({
      ...without(row, ['id']),
      webhook_event_id: event(row['webhook_event_id']),
    })),
    sync_health: read('public.sync_health').map((row) => ({
      ...without(row, ['id', 'detected_at']),
      subject_id: person(row['subject_id']),
      details: replaceIds(row['details'], person, rootOf),
    })),
    sync_failures: read('public.sync_failures').map((row) => ({ cause: row['cause'] })),
    held_sightings: read('private.held_sightings').map((row) => without(row, ['id', 'held_at'])),
    webhook_events: read('public.webhook_events').map((row) =>
      // Of a batch, and where in it, is a fact of receipt; the key of the subject is a hash over the workspace's id.
      without(row, ['id', 'delivery_id', 'item_index', 'subject_key', 'received_at', 'processed_at']),
    ),
    jobs: await readJobs(client, workspaceId, wamids),
  }
  return Object.fromEntries(
    Object.entries(described).map(([name, rows]) => [
      name,
      rows
        .map((row) => sortKeys(without(row, ['workspace_id'])))
        .sort((one, other) => (JSON.stringify(one) < JSON.stringify(other) ? -1 : 1)),
    ]),
  )
}

/** One for each group: what is newest of each of its accounts, and the contact that they all belong to. */
function describePeople(
  identities: Row[],
  contacts: Map<string, Row>,
  person: (identityId: unknown) => string,
): Row[] {
  return fold(
    identities,
    (row) => text(row['root_id']),
    (rows) => {
      const root = rows.find((row) => row['id'] === row['root_id']) ?? {}
      const contact = contacts.get(text(contacts.get(text(root['contact_id']))?.['root_id'])) ?? {}
      const newest = (value: string, asOf: string) =>
        rows
          .map((row) => [text(row[asOf]), text(row[value])] as const)
          .sort()
          .at(-1)
      return {
        ...without(root, ['id', 'root_id', 'contact_id', 'created_at', 'username', 'username_as_of']),
        ...{ person: person(root['id']), first_seen_at: least(rows, 'first_seen_at') },
        ...{
          username: newest('username', 'username_as_of'),
          username_as_of: greatest(rows, 'username_as_of'),
        },
        ...{ profile_name: newest('profile_name', 'profile_name_as_of') },
        profile_name_as_of: greatest(rows, 'profile_name_as_of'),
        contact: without(contact, ['id', 'root_id', 'workspace_id', 'created_at', 'changed_xid']),
      }
    },
  )
}

/** Copies of files, one for each message that has one; how often a bot is told to pause depends on the batches. */
async function readJobs(client: pg.Client, workspaceId: string, wamids: Map<string, string>): Promise<Row[]> {
  const { rows } = await client.query<{ data: Row; priority: number }>(
    `select data, priority from pgboss.job where name = 'copy-media' and data ->> 'workspaceId' = $1`,
    [workspaceId],
  )
  return rows.map(({ data, priority }) => ({ message: wamids.get(text(data['messageId'])), priority }))
}

function nameBy(rows: Row[], name: (row: Row) => string): Map<string, string> {
  return new Map(rows.map((row) => [text(row['id']), name(row)]))
}

function fold(rows: Row[], key: (row: Row) => string, merge: (rows: Row[]) => Row): Row[] {
  return [...Map.groupBy(rows, key).values()].map(merge)
}

function replaceIds(details: unknown, person: (id: unknown) => string, known: Map<string, string>): unknown {
  if (typeof details !== 'object' || details === null) return details
  return Object.fromEntries(
    Object.entries(details).map(([key, value]) => [
      key,
      known.has(text(value)) ? person(value) : (value as unknown),
    ]),
  )
}

function without(row: Row, columns: string[]): Row {
  return Object.fromEntries(Object.entries(row).filter(([column]) => !columns.includes(column)))
}

function sortKeys(row: Row): Row {
  return Object.fromEntries(Object.entries(row).sort(([one], [other]) => (one < other ? -1 : 1)))
}

function least(rows: Row[], column: string): unknown {
  return (
    rows
      .map((row) => text(row[column]))
      .filter((value) => value !== '')
      .sort()[0] ?? null
  )
}

function greatest(rows: Row[], column: string): unknown {
  return (
    rows
      .map((row) => text(row[column]))
      .filter((value) => value !== '')
      .sort()
      .at(-1) ?? null
  )
}

function text(value: unknown): string {
  return typeof value === 'string' ? value : typeof value === 'number' ? String(value) : ''
}
