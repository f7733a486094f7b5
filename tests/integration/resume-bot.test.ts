import { afterAll, beforeAll, expect, test } from 'vitest'
import { changeBot } from '../../src/lib/server/database/conversation-states.ts'
import { createAsMember } from '../../src/lib/server/database/database.ts'
import { pauseBot, type PauseBotDependencies } from '../../src/lib/server/jobs/pause-bot.ts'
import { resumeBot, workResumeBot } from '../../src/lib/server/jobs/resume-bot.ts'
import { botJob } from '../../src/lib/server/database/bot-states.ts'
import { createDatabase } from '../../src/lib/server/database/database.ts'
import { createPool } from '../../src/lib/server/database/pool.ts'
import { startQueue } from '../../src/lib/server/queue/queue.ts'
import { createSealer } from '../../src/lib/server/secrets/sealing.ts'
import { startSimulator, type Simulator } from '../../src/simulator/simulator.ts'
import { samplePhoneNumberId, startApplyBench, type ApplyBench } from '../support/apply-bench.ts'
import { outboundBody, receivedBody } from '../support/kapso-bodies.ts'
import { silentLog } from '../support/pipeline.ts'
import { encryptionKeys } from '../support/workspace.ts'

let bench: ApplyBench
let simulator: Simulator
let web: ReturnType<typeof createDatabase>

beforeAll(async () => {
  bench = await startApplyBench()
  simulator = await startSimulator({ port: 0, phoneNumbers: [{ id: samplePhoneNumberId }] })
  web = createDatabase(
    createPool({ connectionString: bench.database.webUrl, applicationName: 'test', max: 2 }),
  )
})

afterAll(async () => {
  await web.destroy()
  await simulator.close()
  await bench.close()
})

const dependencies = (more: Partial<PauseBotDependencies> = {}): PauseBotDependencies => ({
  asSystem: bench.pipeline.asSystem,
  log: silentLog,
  sealer: createSealer(encryptionKeys),
  kapsoApiUrl: simulator.url,
  kapsoApiKey: simulator.apiKey,
  timeoutMs: 5_000,
  ...more,
})

/** A customer with whom a bot is at work, and a member who takes over and gives back. */
async function makeServed() {
  const workspace = await bench.makeWorkspace()
  const customer = simulator.control.addCustomer({ name: 'Budi', kind: 'phone' })
  const { conversationId: session } = simulator.control.write(customer.id, {
    text: 'Halo',
    phoneNumberId: samplePhoneNumberId,
  })
  const execution = simulator.control.startExecution(session)
  await workspace.tell(
    'whatsapp.message.received',
    receivedBody({
      phoneNumberId: samplePhoneNumberId,
      phone: customer.phone,
      wamid: 'wamid.in',
      conversationId: session,
    }),
  )
  const { id: conversationId } = await bench.pipeline.kysely
    .selectFrom('conversations')
    .select('id')
    .where('workspace_id', '=', workspace.workspaceId)
    .executeTakeFirstOrThrow()
  const at = { workspaceId: workspace.workspaceId, conversationId }
  const asMember = createAsMember(web, bench.pipeline.queue.enqueue)
  const change = (action: 'take_over' | 'give_back') =>
    asMember({ sub: workspace.ownerId, exp: 0 }, async (database, enqueue) => {
      await changeBot(database, at, action)
      enqueue(botJob(action, at))
    })
  return { at, execution, change, workspace, customer, session }
}

test('hands the run to people and gives it back, the newest one', async () => {
  const { at, execution, change } = await makeServed()
  await change('take_over')
  expect(await pauseBot(dependencies(), at)).toBe(1)
  expect(execution.status).toBe('handoff')
  await change('give_back')
  expect(await resumeBot(dependencies(), at)).toBe(true)
  expect(execution.status).toBe('waiting')
  expect(await resumeBot(dependencies(), at)).toBe(false)
})

test('does nothing when the thread was taken over again meanwhile', async () => {
  const { at, execution, change } = await makeServed()
  await change('take_over')
  await pauseBot(dependencies(), at)
  await change('give_back')
  await change('take_over')
  expect(await resumeBot(dependencies(), at)).toBe(false)
  expect(execution.status).toBe('handoff')
})

test('gives up where Kapso refuses, and tries again where it cannot be reached', async () => {
  const { at, change } = await makeServed()
  await change('take_over')
  await pauseBot(dependencies(), at)
  await change('give_back')
  expect(await resumeBot(dependencies({ kapsoApiKey: 'wrong' }), at)).toBe(false)
  expect(await resumeBot(dependencies({ kapsoApiKey: undefined }), at)).toBe(false)
  await expect(resumeBot(dependencies({ kapsoApiUrl: 'http://127.0.0.1:1' }), at)).rejects.toThrow('Kapso:')
})

test('a line tells when an answer from the phone silenced it, once', async () => {
  const { at, workspace, customer, session } = await makeServed()
  const answer = (wamid: string) =>
    workspace.tell(
      'whatsapp.message.sent',
      outboundBody('sent', {
        phoneNumberId: samplePhoneNumberId,
        phone: customer.phone,
        wamid,
        conversationId: session,
        origin: 'business_app',
      }),
    )
  await answer('wamid.phone.1')
  await answer('wamid.phone.2')
  const events = await bench.pipeline.kysely
    .selectFrom('conversation_events')
    .select(['kind', 'actor_id', 'details'])
    .where('conversation_id', '=', at.conversationId)
    .execute()
  expect(events).toEqual([
    { kind: 'bot_taken_over', actor_id: null, details: { reason: 'business_app_reply' } },
  ])
})

test('is done by the worker', async () => {
  const queue = await startQueue({
    connectionString: bench.database.workerUrl,
    runsJobs: true,
    log: silentLog,
  })
  try {
    const { at, execution, change } = await makeServed()
    await change('take_over')
    await pauseBot(dependencies(), at)
    await change('give_back')
    await workResumeBot(queue, dependencies())
    await expect.poll(() => execution.status, { timeout: 15_000 }).toBe('waiting')
  } finally {
    await queue.stop()
  }
})
