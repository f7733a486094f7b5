import type { RoleName, Tenant } from './tenant.ts'

/** Who may: every live member of the workspace, those who administer it, its owners, or nobody at all. */
export type Level = 'member' | 'admin' | 'owner' | 'nobody'

/** What members may do with the rows of their workspace in one table. What is not named, nobody may. */
export interface TableAccess {
  select: Level
  /** Columns that nobody may read. */
  hidden?: string[]
  insert?: { level: Level; columns: string[] }
  update?: { level: Level; columns: string[] }
  delete?: { level: Level }
  /** Only rows that name oneself in this column. */
  own?: string
}

const readByMembers: TableAccess = { select: 'member' }
const readByAdmins: TableAccess = { select: 'admin' }
const outOfReach: TableAccess = { select: 'nobody' }

const webhookSettings = [
  'duplicates_factor',
  'silence_hours',
  'wrong_signatures_per_hour',
  'unattended_minutes',
  'body_days',
]

/** Every table of ours with tenants' data. A new table is added here on purpose: until then the tenancy tests fail. */
export const tableAccess: Record<string, TableAccess> = {
  'public.workspaces': {
    select: 'member',
    update: { level: 'admin', columns: ['name', 'time_zone', 'default_country'] },
  },
  'public.workspace_members': readByMembers,
  'public.channels': {
    select: 'member',
    update: { level: 'admin', columns: ['name', 'compares_lists', 'compare_days'] },
  },
  'public.webhook_endpoints': readByAdmins,
  'private.webhook_secrets': outOfReach,
  'private.channel_api_keys': outOfReach,
  'public.webhook_deliveries': { select: 'admin', hidden: ['body'] },
  'public.webhook_events': readByAdmins,
  'public.webhook_duplicates': readByAdmins,
  'public.sync_failures': readByAdmins,
  'public.replays': readByAdmins,
  'public.sync_health': readByAdmins,
  'public.webhook_hours': readByAdmins,
  'public.webhook_refusals': readByAdmins,
  'public.webhook_settings': {
    select: 'admin',
    insert: { level: 'admin', columns: ['workspace_id', ...webhookSettings] },
    update: { level: 'admin', columns: webhookSettings },
  },
  'public.alarms': readByAdmins,
  'private.body_marks': outOfReach,
  'private.kept_bodies': outOfReach,
  'public.contacts': readByMembers,
  'public.contact_identities': readByMembers,
  'public.business_scoped_ids': readByMembers,
  'public.identity_phones': readByMembers,
  'public.identity_joins': readByMembers,
  'public.contact_joins': readByMembers,
  'public.conversation_joins': readByMembers,
  'private.held_sightings': outOfReach,
  'public.conversations': readByMembers,
  'public.kapso_conversations': readByMembers,
  'public.conversation_reads': {
    select: 'member',
    own: 'user_id',
    insert: {
      level: 'member',
      columns: ['workspace_id', 'conversation_id', 'user_id', 'read_count', 'read_at', 'changed_xid'],
    },
    update: {
      level: 'member',
      columns: ['workspace_id', 'conversation_id', 'user_id', 'read_count', 'read_at', 'changed_xid'],
    },
  },
  'public.messages': readByMembers,
  'public.message_removals': readByMembers,
  'public.message_statuses': readByMembers,
  'public.message_reactions': readByMembers,
  'public.media_files': readByMembers,
  'public.message_media': readByMembers,
  'public.marketing_preferences': readByMembers,
  'public.channel_events': readByAdmins,
  'public.workflow_executions': readByMembers,
  'public.workflow_execution_events': readByMembers,
}

/** Tables of ours that hold nothing of any tenant. No member reaches them. */
export const installationTables = [
  'private.worker_heartbeats',
  'private.web_heartbeats',
  'private.downtimes',
  'private.task_runs',
  'private.webhook_hour_marks',
]

/** How a member would call a function on somebody's workspace, and who gets anything of it, or does anything to it. */
export interface FunctionAccess {
  level: Level
  call: (tenant: Tenant) => { expression: string; values: unknown[] }
}

/** Every function that members may call, by signature. */
export const functionAccess: Record<string, FunctionAccess> = {
  // Says who one is oneself.
  'private.my_user_id()': {
    level: 'nobody',
    call: () => ({ expression: 'private.my_user_id()', values: [] }),
  },
  'private.my_workspace_ids()': {
    level: 'member',
    call: () => ({ expression: 'private.my_workspace_ids()', values: [] }),
  },
  'private.my_workspace_ids_as(workspace_role[])': {
    level: 'admin',
    call: () => ({ expression: `private.my_workspace_ids_as('owner', 'admin')`, values: [] }),
  },
  // Makes a workspace of its own and touches no other.
  'private.create_workspace(text,text,text,text)': {
    level: 'nobody',
    call: () => ({ expression: `private.create_workspace('New')`, values: [] }),
  },
  'private.retry_media(uuid,uuid)': {
    level: 'member',
    call: (tenant) => ({
      expression: 'private.retry_media($1, $2)',
      values: [tenant.workspaceId, tenant.messageId],
    }),
  },
  'private.queue_reply(uuid,uuid,uuid,text)': {
    level: 'member',
    call: (tenant) => ({
      expression: `private.queue_reply($1, $2, gen_random_uuid(), 'Hello')`,
      values: [tenant.workspaceId, tenant.conversationId],
    }),
  },
  'private.request_repair(uuid,uuid[])': {
    level: 'admin',
    call: (tenant) => ({
      expression: 'private.request_repair($1, array[$2::uuid])',
      values: [tenant.workspaceId, tenant.findingId],
    }),
  },
  'private.list_secret_ages(uuid)': {
    level: 'admin',
    call: (tenant) => ({
      expression: 'private.list_secret_ages($1)',
      values: [tenant.workspaceId],
    }),
  },
  'private.redrive_events(uuid,bigint[],webhook_event_status,text)': {
    level: 'admin',
    call: (tenant) => ({
      expression: 'private.redrive_events($1, null, null, null)',
      values: [tenant.workspaceId],
    }),
  },
  'private.set_events_aside(uuid,bigint[])': {
    level: 'admin',
    call: (tenant) => ({
      expression: 'private.set_events_aside($1, array[$2::bigint])',
      values: [tenant.workspaceId, tenant.webhookEventId],
    }),
  },
  'private.read_webhook_item(uuid,bigint)': {
    level: 'admin',
    call: (tenant) => ({
      expression: 'private.read_webhook_item($1, $2)',
      values: [tenant.workspaceId, tenant.webhookEventId],
    }),
  },
  'private.request_replay(uuid,jsonb)': {
    level: 'admin',
    call: (tenant) => ({
      expression: `private.request_replay($1, '{}')`,
      values: [tenant.workspaceId],
    }),
  },
  'private.apply_replay(uuid,uuid)': {
    level: 'admin',
    call: (tenant) => ({
      expression: 'private.apply_replay($1, $2)',
      values: [tenant.workspaceId, tenant.replayId],
    }),
  },
}

/** What each kind of Realtime topic lets members do. */
export const topicAccess: Record<string, { topic: (tenant: Tenant) => string; hear: Level; speak: Level }> = {
  workspace: { topic: (tenant) => `workspace:${tenant.workspaceId}`, hear: 'member', speak: 'nobody' },
  conversation: {
    topic: (tenant) => `conversation:${tenant.conversationId}`,
    hear: 'member',
    speak: 'member',
  },
}

/** Whether a person of the workspace with this role is meant by a level. */
export function isMeant(level: Level, role: RoleName | null): boolean {
  if (role === null || level === 'nobody') return false
  if (level === 'member') return true
  return level === 'admin' ? role !== 'agent' : role === 'owner'
}
