import { renameSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { z } from 'zod'
import { type Command, runChild } from './child-process.ts'
import { readJson } from './secrets.ts'
import { StartError } from './start-error.ts'

const demoSchema = z.object({
  ownerEmail: z.string(),
  ownerPassword: z.string(),
  workspaceId: z.string(),
  workspaceSlug: z.string(),
  phoneNumberId: z.string(),
  /** The path of the channel's webhook; what stands before it follows the web process' address. */
  webhookPath: z.string().optional(),
  isFilled: z.boolean(),
})

export type Demo = z.infer<typeof demoSchema>

const workspaceSchema = z.object({ workspaceId: z.string(), slug: z.string() })
const channelSchema = z.object({ webhookUrl: z.url() })
const numbersSchema = z.object({
  data: z.array(z.object({ phone_number_id: z.string(), display_phone_number: z.string() })).min(1),
})
const webhooksSchema = z.object({ data: z.array(z.object({ id: z.string(), url: z.string() })) })

const owner = { email: 'owner@example.com', password: 'selamat-datang' }

const events = [
  ...['received', 'sent', 'delivered', 'read', 'failed'].map((name) => `whatsapp.message.${name}`),
  ...['created', 'ended', 'inactive'].map((name) => `whatsapp.conversation.${name}`),
  'whatsapp.contact.identity_changed',
  'whatsapp.contact.marketing_preference_changed',
]

export interface DemoOptions {
  root: string
  directory: string
  /** Of web, worker and command line. */
  environment: NodeJS.ProcessEnv
  webhookSecret: string
  cli: Command
  report: (line: string) => void
  signal: AbortSignal
}

/**
 * Makes the demo's workspace, owner and channel through the command line as an operator would, registers the webhook
 * at the simulator as one does at Kapso, and lets the simulator's customers write. Each step is done once and noted in
 * `<directory>/demo.json`; only the webhook's address is looked at every time.
 */
export async function seedDemo(options: DemoOptions): Promise<Demo> {
  const file = join(options.directory, 'demo.json')
  let demo = readJson(file, demoSchema)
  const keep = (next: Demo) => {
    writeFileSync(`${file}.new`, `${JSON.stringify(next, null, 2)}\n`, { mode: 0o600 })
    renameSync(`${file}.new`, file)
    demo = next
    return next
  }
  if (!demo) {
    options.report('Making the demo workspace ...')
    demo = keep(await createWorkspace(options))
  }
  if (demo.webhookPath === undefined) demo = keep(await addChannel(options, demo))
  await registerWebhook(options, demo)
  if (!demo.isFilled) {
    await callSimulator(options, 'POST', '/simulator/demo', { phoneNumberId: demo.phoneNumberId })
    demo = keep({ ...demo, isFilled: true })
  }
  return demo
}

async function createWorkspace(options: DemoOptions): Promise<Demo> {
  const number = await findNumber(options)
  const args = [
    'workspace',
    'create',
    '--name',
    'Kursi & Kayu',
    '--owner-email',
    owner.email,
    '--owner-name',
    'Dewi Anggraini',
  ]
  const created = await runCli(
    options,
    [...args, '--time-zone', 'Asia/Jakarta', '--country', 'ID', '--json'],
    {
      OWNER_PASSWORD: owner.password,
    },
  )
  const { workspaceId, slug } = workspaceSchema.parse(created)
  return {
    ownerEmail: owner.email,
    ownerPassword: owner.password,
    workspaceId,
    workspaceSlug: slug,
    phoneNumberId: number.phone_number_id,
    isFilled: false,
  }
}

async function addChannel(options: DemoOptions, demo: Demo): Promise<Demo> {
  const number = await findNumber(options)
  const args = [
    'channel',
    'add',
    '--workspace',
    demo.workspaceId,
    '--phone-number-id',
    number.phone_number_id,
  ]
  const added = await runCli(options, [...args, '--display-phone', number.display_phone_number, '--json'], {
    WEBHOOK_SECRET: options.webhookSecret,
  })
  const { webhookUrl } = channelSchema.parse(added)
  return { ...demo, phoneNumberId: number.phone_number_id, webhookPath: new URL(webhookUrl).pathname }
}

async function registerWebhook(options: DemoOptions, { phoneNumberId, webhookPath }: Demo): Promise<void> {
  const url = new URL(webhookPath ?? '', options.environment['ORIGIN']).href
  const path = `/platform/v1/whatsapp/phone_numbers/${phoneNumberId}/webhooks`
  const { data } = webhooksSchema.parse(await callSimulator(options, 'GET', path))
  if (data.some((webhook) => webhook.url === url)) return
  const moved = data.find((webhook) => new URL(webhook.url).pathname === webhookPath)
  if (moved) {
    await callSimulator(options, 'PATCH', `${path}/${moved.id}`, { whatsapp_webhook: { url } })
    return
  }
  await callSimulator(options, 'POST', path, {
    whatsapp_webhook: {
      url,
      kind: 'kapso',
      events,
      secret_key: options.webhookSecret,
      active: true,
      payload_version: 'v2',
      buffer_enabled: false,
    },
  })
}

async function findNumber(options: DemoOptions) {
  const { data } = numbersSchema.parse(
    await callSimulator(options, 'GET', '/platform/v1/whatsapp/phone_numbers'),
  )
  const [number] = data
  if (!number) throw new StartError('The Kapso simulator has no phone number.')
  return number
}

async function callSimulator(
  { environment, signal }: DemoOptions,
  method: string,
  path: string,
  body?: object,
) {
  const response = await fetch(new URL(path, environment['KAPSO_API_URL']), {
    method,
    signal,
    headers: { 'content-type': 'application/json', 'x-api-key': environment['KAPSO_API_KEY'] ?? '' },
    ...(body ? { body: JSON.stringify(body) } : {}),
  })
  const answer: unknown = await response.json().catch(() => undefined)
  if (response.ok) return answer
  throw new StartError(`The Kapso simulator refused ${method} ${path}: ${JSON.stringify(answer)}`)
}

async function runCli(options: DemoOptions, words: string[], secrets: NodeJS.ProcessEnv): Promise<unknown> {
  const { root, environment, signal, cli } = options
  const { code, output, errors } = await runChild([...cli, ...words], {
    root,
    environment: { ...environment, ...secrets },
    signal,
  })
  if (code === 0) return JSON.parse(output) as unknown
  const what = words.slice(0, 2).join(' ')
  throw new StartError(
    `The demo cannot be made (${what}): ${errors.trim().split('\n').at(-1) ?? 'no reason given'}`,
  )
}
