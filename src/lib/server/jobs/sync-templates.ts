import type { Job, JobResult } from 'pg-boss'
import type { AsSystem } from '../database/database.ts'
import {
  listTemplateChannels,
  saveTemplates,
  type ListedTemplate,
  type TemplateChannel,
} from '../database/templates.ts'
import type { KapsoTemplate } from '../kapso/answers.ts'
import { createChannelClient, type ChannelClientDependencies } from '../kapso/channel-client.ts'
import type { KapsoClient } from '../kapso/client.ts'
import { errorFields } from '../log.ts'
import { queueNames, type Queue, type SyncTemplatesJob } from '../queue/queue.ts'

export interface TemplateDependencies extends ChannelClientDependencies {
  asSystem: AsSystem
}

/** Works on `sync-templates`: somebody wants to see a number's templates as they are now. */
export async function workSyncTemplates(queue: Queue, dependencies: TemplateDependencies): Promise<void> {
  await queue.boss.work(
    queueNames.syncTemplates,
    { batchSize: 1, perJobResults: true, notifyPollingIntervalSeconds: 10 },
    async (jobs: Job<SyncTemplatesJob>[]) =>
      Promise.all(
        jobs.map(async (job): Promise<JobResult> => {
          const failed = await syncTemplates(dependencies, job.data)
          return failed === 0
            ? { id: job.id, status: 'completed' }
            : { id: job.id, status: 'failed', output: { failed } }
        }),
      ),
  )
}

/**
 * Brings the mirror of templates up to date: of one number, or of all that were not asked for within the hour. A number
 * that cannot be asked keeps what is known and holds up no other.
 *
 * @returns how many numbers could not be asked
 */
export async function syncTemplates(
  dependencies: TemplateDependencies,
  only: SyncTemplatesJob | null,
  signal?: AbortSignal,
): Promise<number> {
  const channels = await dependencies.asSystem((database) => listTemplateChannels(database, only))
  let failed = 0
  for (const channel of channels) {
    if (signal?.aborted === true) break
    try {
      await syncChannel(dependencies, channel, signal)
    } catch (error) {
      failed += 1
      const { workspaceId, channelId } = channel
      dependencies.log.warn(
        { kind: 'sync-templates', workspaceId, channelId, ...errorFields(error) },
        'not synced',
      )
    }
  }
  return failed
}

async function syncChannel(
  dependencies: TemplateDependencies,
  channel: TemplateChannel,
  signal: AbortSignal | undefined,
): Promise<void> {
  const client = createChannelClient(dependencies, channel)
  if (client === null) return
  const businessAccountId = channel.businessAccountId ?? (await findBusinessAccount(client, channel))
  if (businessAccountId === null) return
  const templates = await listAll(client, businessAccountId, signal)
  await dependencies.asSystem((database) =>
    saveTemplates(database, channel.workspaceId, channel.channelId, businessAccountId, templates),
  )
}

/** Kapso lists it with the numbers of the key's project. */
async function findBusinessAccount(
  client: KapsoClient,
  { phoneNumberId }: TemplateChannel,
): Promise<string | null> {
  const numbers = await client.listPhoneNumbers()
  const own = numbers.find((number) => (number.phone_number_id ?? number.id) === phoneNumberId)
  return own?.business_account_id ?? null
}

/** More than WhatsApp allows an account. */
const mostPages = 70

async function listAll(
  client: KapsoClient,
  businessAccountId: string,
  signal: AbortSignal | undefined,
): Promise<ListedTemplate[]> {
  const templates: ListedTemplate[] = []
  let after: string | undefined
  for (let page = 0; page < mostPages; page += 1) {
    const answer = await client.listTemplates(businessAccountId, after, signal)
    templates.push(...answer.templates.flatMap(toListed))
    // The cursor may be there on the last page too: only an empty page is the end.
    if (answer.templates.length === 0 || answer.after === null || answer.after === after) break
    after = answer.after
  }
  return templates
}

function toListed(template: KapsoTemplate): ListedTemplate[] {
  const { name, language } = template
  if (!name || !language || name.length > 512 || language.length < 2 || language.length > 20) return []
  const category = template.category?.toLowerCase()
  const quality = template.quality_score?.score?.toLowerCase()
  return [
    {
      name,
      language,
      category: category === 'marketing' || category === 'authentication' ? category : 'utility',
      status: (template.status ?? 'unknown').toLowerCase().slice(0, 40),
      quality: quality === 'green' || quality === 'yellow' || quality === 'red' ? quality : null,
      isNamed: template.parameter_format?.toUpperCase() === 'NAMED',
      components: template.components ?? [],
    },
  ]
}
