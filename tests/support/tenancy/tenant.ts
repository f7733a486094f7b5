import { randomBytes, randomUUID } from 'node:crypto'
import type pg from 'pg'

export type RoleName = 'owner' | 'admin' | 'agent'

/** A workspace with one row at least in every table that holds tenants' data. */
export interface Tenant {
  workspaceId: string
  /** User ids. */
  people: Record<RoleName | 'removed', string>
  channelId: string
  endpointId: string
  conversationId: string
  clientReference: string
  /** What stands in each table, by qualified name, as JSON of whole rows. */
  rows: Map<string, Record<string, unknown>[]>
}

type Values = Record<string, unknown>
type Seed = (tenant: Tenant, ids: Ids) => Values | Values[]

/** Ids that rows refer to each other by. */
interface Ids {
  deliveryId: string
  eventId: number
  contactId: string
  identityId: string
  /** Keeps what must be unique across workspaces apart. */
  mark: string
}

/**
 * One entry per table with tenants' data, in the order of their references. A new table is added here: until then the
 * tenancy tests fail.
 */
export const seeds: Record<string, Seed> = {
  'public.workspaces': (tenant, { mark }) => ({ id: tenant.workspaceId, slug: `shop-${mark}`, name: 'Shop' }),
  'public.workspace_members': (tenant) =>
    Object.entries(tenant.people).map(([name, userId]) => ({
      workspace_id: tenant.workspaceId,
      user_id: userId,
      // Whoever was removed must have lost an owner's rights too.
      role: name === 'removed' ? 'owner' : name,
      display_name: name,
      removed_at: name === 'removed' ? '2026-01-01' : null,
    })),
  'public.channels': (tenant, { mark }) => ({
    id: tenant.channelId,
    workspace_id: tenant.workspaceId,
    name: 'Sales',
    phone_number_id: `number-${mark}`,
    identity_scope: `account:${mark}`,
  }),
  'public.webhook_endpoints': (tenant) => ({
    id: tenant.endpointId,
    workspace_id: tenant.workspaceId,
    channel_id: tenant.channelId,
    name: 'Kapso',
  }),
  'private.webhook_secrets': (tenant) => ({
    workspace_id: tenant.workspaceId,
    endpoint_id: tenant.endpointId,
    sealed: '\\x01',
  }),
  'private.channel_api_keys': (tenant) => ({
    workspace_id: tenant.workspaceId,
    channel_id: tenant.channelId,
    sealed: '\\x01',
  }),
  'public.webhook_deliveries': (tenant, { deliveryId }) => ({
    id: deliveryId,
    workspace_id: tenant.workspaceId,
    endpoint_id: tenant.endpointId,
    body: '\\x7b7d',
  }),
  'public.webhook_events': (tenant, { deliveryId, eventId }) => ({
    id: eventId,
    workspace_id: tenant.workspaceId,
    event_id: 'event',
    delivery_id: deliveryId,
    item_index: 0,
    name: 'whatsapp.message.received',
    subject_key: 1,
  }),
  'public.webhook_duplicates': (tenant) => ({
    workspace_id: tenant.workspaceId,
    event_name: 'whatsapp.message.received',
    hour: '2026-01-01',
    duplicates: 1,
  }),
  'public.sync_failures': (tenant, { eventId }) => ({
    workspace_id: tenant.workspaceId,
    webhook_event_id: eventId,
    cause: 'cause',
    attempts: 1,
  }),
  'public.sync_health': (tenant) => ({
    workspace_id: tenant.workspaceId,
    kind: 'gap',
    subject_id: tenant.channelId,
  }),
  'public.contacts': (tenant, { contactId }) => ({ id: contactId, workspace_id: tenant.workspaceId }),
  'public.contact_identities': (tenant, { contactId, identityId }) => ({
    id: identityId,
    workspace_id: tenant.workspaceId,
    contact_id: contactId,
    phone_normalized: '+12025550123',
  }),
  'public.business_scoped_ids': (tenant, { identityId }) => ({
    workspace_id: tenant.workspaceId,
    identity_id: identityId,
    scope: 'account',
    value: 'value',
    first_seen_at: '2026-01-01',
  }),
  'public.identity_phones': (tenant, { identityId }) => ({
    workspace_id: tenant.workspaceId,
    identity_id: identityId,
    phone_normalized: '+12025550124',
    held_until: '2026-01-01',
  }),
  'public.conversations': (tenant, { identityId }) => ({
    id: tenant.conversationId,
    workspace_id: tenant.workspaceId,
    channel_id: tenant.channelId,
    identity_id: identityId,
    last_activity_at: '2026-01-01',
    last_inbound_at: new Date().toISOString(),
  }),
  'public.kapso_conversations': (tenant) => ({
    workspace_id: tenant.workspaceId,
    kapso_conversation_id: 'session',
    conversation_id: tenant.conversationId,
    first_seen_at: '2026-01-01',
  }),
  'public.conversation_reads': (tenant) =>
    Object.values(tenant.people).map((userId) => ({
      workspace_id: tenant.workspaceId,
      conversation_id: tenant.conversationId,
      user_id: userId,
      read_count: 0,
    })),
  'public.messages': (tenant) => ({
    workspace_id: tenant.workspaceId,
    conversation_id: tenant.conversationId,
    channel_id: tenant.channelId,
    direction: 'outbound',
    origin: 'my21staff',
    type: 'text',
    text: 'Hello',
    occurred_at: '2026-01-01',
    author_id: tenant.people.agent,
    client_reference: tenant.clientReference,
  }),
  'public.message_removals': (tenant, { contactId }) => ({
    workspace_id: tenant.workspaceId,
    conversation_id: tenant.conversationId,
    // Any id will do: the message is gone.
    message_id: contactId,
  }),
  'public.message_statuses': (tenant) => ({
    workspace_id: tenant.workspaceId,
    channel_id: tenant.channelId,
    wamid: 'wamid',
    status: 'sent',
    occurred_at: '2026-01-01',
  }),
}

/** Builds a tenant as a superuser. */
export async function buildTenant(admin: pg.ClientBase): Promise<Tenant> {
  const tenant: Tenant = {
    workspaceId: randomUUID(),
    people: { owner: randomUUID(), admin: randomUUID(), agent: randomUUID(), removed: randomUUID() },
    channelId: randomUUID(),
    endpointId: randomUUID(),
    conversationId: randomUUID(),
    clientReference: randomUUID(),
    rows: new Map(),
  }
  const ids: Ids = {
    deliveryId: randomUUID(),
    eventId: randomBytes(4).readUInt32BE(),
    contactId: randomUUID(),
    identityId: randomUUID(),
    mark: randomBytes(6).toString('hex'),
  }
  for (const userId of Object.values(tenant.people)) {
    await admin.query('insert into auth.users (id, email) values ($1, $2)', [userId, `${userId}@example.com`])
  }
  for (const [table, seed] of Object.entries(seeds)) {
    tenant.rows.set(table, [])
    for (const values of [seed(tenant, ids)].flat()) await insertRow(admin, table, values)
  }
  for (const table of Object.keys(seeds)) tenant.rows.set(table, await readRows(admin, table, tenant))
  return tenant
}

async function insertRow(admin: pg.ClientBase, table: string, values: Values): Promise<void> {
  const columns = Object.keys(values).join(', ')
  await admin.query(
    `insert into ${table} (${columns}) overriding system value
     select ${columns} from jsonb_populate_record(null::${table}, $1)`,
    [JSON.stringify(values)],
  )
}

async function readRows(admin: pg.ClientBase, table: string, tenant: Tenant) {
  const { rows } = await admin.query<{ row: Values }>(
    `select to_jsonb(t) as row from ${table} t where t.${tenantColumnOf(table)} = $1`,
    [tenant.workspaceId],
  )
  return rows.map(({ row }) => row)
}

/** The column that says whose a row is. */
export function tenantColumnOf(table: string): string {
  return table === 'public.workspaces' ? 'id' : 'workspace_id'
}
