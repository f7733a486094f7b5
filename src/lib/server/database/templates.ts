import { sql } from 'kysely'
import type { Template, TemplateCategory, TemplateStatus } from '../../domain/composer.ts'
import { readTemplateParts } from '../../domain/template-parts.ts'
import { queueNames, type SendMessageJob, type SyncTemplatesJob } from '../queue/queue.ts'
import type { Database, JobRequest } from './database.ts'

/** A template as Kapso lists it. */
export interface ListedTemplate {
  name: string
  language: string
  category: TemplateCategory
  /** In lower case. */
  status: string
  quality: Template['quality']
  isNamed: boolean
  components: unknown[]
}

const statuses: Readonly<Record<string, TemplateStatus>> = {
  approved: 'approved',
  pending: 'pending',
  in_appeal: 'pending',
  rejected: 'rejected',
  paused: 'paused',
  disabled: 'disabled',
}

/** The templates of a number, or of all of the workspace's numbers, by name and language. */
export async function listTemplates(
  database: Database,
  workspaceId: string,
  channelId: string | null,
): Promise<Template[]> {
  const rows = await templatesOf(database, workspaceId)
    .$if(channelId !== null, (query) => query.where('channel_id', '=', channelId ?? ''))
    .orderBy('name')
    .orderBy('language')
    .execute()
  return rows.map(toTemplate)
}

/** One template; undefined when there is none (any more). */
export async function findTemplate(
  database: Database,
  workspaceId: string,
  templateId: string,
): Promise<Template | undefined> {
  const row = await templatesOf(database, workspaceId).where('id', '=', templateId).executeTakeFirst()
  return row === undefined ? undefined : toTemplate(row)
}

interface TemplateRow {
  id: string
  channel_id: string
  name: string
  language: string
  category: string
  status: string
  quality: string | null
  components: unknown
}

function templatesOf(database: Database, workspaceId: string) {
  return database
    .selectFrom('templates')
    .select(['id', 'channel_id', 'name', 'language', 'category', 'status', 'quality', 'components'])
    .where('workspace_id', '=', workspaceId)
    .where('removed_at', 'is', null)
}

function toTemplate(row: TemplateRow): Template {
  const { isSupported, ...parts } = readTemplateParts(row.components)
  const status = statuses[row.status] ?? 'other'
  return {
    id: row.id,
    channelId: row.channel_id,
    name: row.name,
    language: row.language,
    category: row.category === 'marketing' || row.category === 'authentication' ? row.category : 'utility',
    status,
    quality:
      row.quality === 'green' || row.quality === 'yellow' || row.quality === 'red' ? row.quality : null,
    ...parts,
    unavailable:
      status === 'approved'
        ? isSupported
          ? null
          : 'not_supported'
        : status === 'other'
          ? 'disabled'
          : status,
  }
}

/**
 * Why a template cannot be sent at this moment, as WhatsApp's own code or ours; null when it can. Between writing and
 * sending it may have been paused, or the customer may have asked for no more marketing.
 */
export async function findTemplateObstacle(
  database: Database,
  { workspaceId, conversationId }: SendMessageJob,
  templateId: string | null,
): Promise<string | null> {
  const { rows } = await sql<{ status: string; is_removed: boolean; is_stopped: boolean }>`
    select t.status, t.removed_at is not null as is_removed,
      t.category = 'marketing' and private.has_stopped_marketing(t.workspace_id, ${conversationId}) as is_stopped
    from public.templates t
    where t.workspace_id = ${workspaceId} and t.id = ${templateId}
  `.execute(database)
  const [row] = rows
  if (row === undefined || row.is_removed) return '132001'
  if (row.status === 'paused') return '132015'
  if (row.status !== 'approved') return '132016'
  return row.is_stopped ? 'marketing_preference_stopped' : null
}

/** Takes over what Kapso lists for a number. What it lists no more is marked as gone. */
export async function saveTemplates(
  database: Database,
  workspaceId: string,
  channelId: string,
  businessAccountId: string,
  templates: ListedTemplate[],
): Promise<void> {
  await sql`
    insert into public.templates as t
      (workspace_id, channel_id, name, language, category, status, quality, is_named, components)
    select distinct on (n.name, n.language) ${workspaceId}::uuid, ${channelId}::uuid, n.name, n.language, n.category,
      n.status, n.quality, n."isNamed", n.components
    from jsonb_to_recordset(${JSON.stringify(templates)}::jsonb) as n (
      name text, language text, category text, status text, quality text, "isNamed" boolean, components jsonb
    )
    order by n.name, n.language
    on conflict (workspace_id, channel_id, name, language) do update
      set category = excluded.category, status = excluded.status, quality = excluded.quality,
        is_named = excluded.is_named, components = excluded.components, synced_at = now(), removed_at = null
  `.execute(database)
  await sql`
    update public.templates t set removed_at = now()
    where t.workspace_id = ${workspaceId} and t.channel_id = ${channelId} and t.removed_at is null
      and not (t.name || ' ' || t.language) = any(
        ${templates.map(({ name, language }) => `${name} ${language}`)}::text[]
      )
  `.execute(database)
  await database
    .updateTable('channels')
    .set({ business_account_id: businessAccountId, templates_synced_at: sql<Date>`now()` })
    .where('workspace_id', '=', workspaceId)
    .where('id', '=', channelId)
    .execute()
}

/** A number whose templates are to be asked for. */
export interface TemplateChannel {
  workspaceId: string
  channelId: string
  phoneNumberId: string
  apiUrl: string | null
  sealedApiKey: Buffer | null
  businessAccountId: string | null
}

/** One number, or those whose templates nobody has asked for within the hour. */
export async function listTemplateChannels(
  database: Database,
  only: SyncTemplatesJob | null,
): Promise<TemplateChannel[]> {
  return database
    .selectFrom('channels as c')
    .leftJoin('private.channel_api_keys as k', 'k.channel_id', 'c.id')
    .select(['c.workspace_id as workspaceId', 'c.id as channelId', 'c.phone_number_id as phoneNumberId'])
    .select(['c.kapso_api_url as apiUrl', 'k.sealed as sealedApiKey'])
    .select('c.business_account_id as businessAccountId')
    .$if(only !== null, (query) =>
      query.where('c.workspace_id', '=', only?.workspaceId ?? '').where('c.id', '=', only?.channelId ?? ''),
    )
    .$if(only === null, (query) =>
      query.where((eb) =>
        eb.or([
          eb('c.templates_synced_at', 'is', null),
          eb('c.templates_synced_at', '<', sql<Date>`now() - interval '55 minutes'`),
        ]),
      ),
    )
    .orderBy('c.workspace_id')
    .orderBy('c.id')
    .execute()
}

/** The jobs that ask Kapso for the templates of a workspace's numbers now. */
export async function refreshTemplatesJobs(database: Database, workspaceId: string): Promise<JobRequest[]> {
  const rows = await database
    .selectFrom('channels')
    .select('id')
    .where('workspace_id', '=', workspaceId)
    // Whoever presses on and on does not make us ask each time.
    .where((eb) =>
      eb.or([
        eb('templates_synced_at', 'is', null),
        eb('templates_synced_at', '<', sql<Date>`now() - interval '10 seconds'`),
      ]),
    )
    .execute()
  return rows.map(({ id }) => ({
    queue: queueNames.syncTemplates,
    data: { workspaceId, channelId: id } satisfies SyncTemplatesJob,
    group: workspaceId,
  }))
}
