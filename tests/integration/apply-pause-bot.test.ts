import { afterAll, beforeAll, beforeEach, expect, test } from 'vitest'
import { pauseBot, workPauseBot, type PauseBotDependencies } from '../../src/lib/server/jobs/pause-bot.ts'
import type { PauseBotJob } from '../../src/lib/server/queue/queue.ts'
import { startQueue } from '../../src/lib/server/queue/queue.ts'
import { createSealer } from '../../src/lib/server/secrets/sealing.ts'
import { startSimulator, type Simulator } from '../../src/simulator/simulator.ts'
import {
  samplePhoneNumberId,
  startApplyBench,
  type ApplyBench,
  type ToldWorkspace,
} from '../support/apply-bench.ts'
import { outboundBody, receivedBody } from '../support/kapso-bodies.ts'
import { silentLog } from '../support/pipeline.ts'
import { encryptionKeys } from '../support/workspace.ts'

let bench: ApplyBench
let simulator: Simulator

beforeAll(async () => {
  bench = await startApplyBench()
  simulator = await startSimulator({ port: 0, phoneNumbers: [{ id: samplePhoneNumberId }] })
})

afterAll(async () => {
  await simulator.close()
  await bench.close()
})

beforeEach(() => {
  simulator.control.clearFaults()
})

function dependencies(more: Partial<PauseBotDependencies> = {}): PauseBotDependencies {
  return {
    asSystem: bench.pipeline.asSystem,
    log: silentLog,
    sealer: createSealer(encryptionKeys),
    kapsoApiUrl: simulator.url,
    kapsoApiKey: simulator.apiKey,
    timeoutMs: 5_000,
    ...more,
  }
}

/** A customer in whose session a bot is at work, and to whom a colleague has just answered from the phone. */
async function answerFromPhone(workspace: ToldWorkspace, isBotAtWork = true) {
  const customer = simulator.control.addCustomer({ name: 'Budi', kind: 'phone' })
  const message = simulator.control.write(customer.id, { text: 'Halo', phoneNumberId: samplePhoneNumberId })
  const conversationId = message.conversationId
  const execution = isBotAtWork ? simulator.control.startExecution(conversationId) : undefined
  const facts = { phoneNumberId: samplePhoneNumberId, phone: customer.phone, conversationId }
  await workspace.tell('whatsapp.message.received', receivedBody({ ...facts, wamid: 'wamid.in' }))
  await workspace.tell(
    'whatsapp.message.sent',
    outboundBody('sent', { ...facts, wamid: 'wamid.phone', origin: 'business_app' }),
  )
  const [job] = await workspace.jobs('pause-bot')
  return { execution, job: job?.data as unknown as PauseBotJob }
}

test('hands the run of the thread to people, once', async () => {
  const { execution, job } = await answerFromPhone(await bench.makeWorkspace())
  expect(await pauseBot(dependencies(), job)).toBe(1)
  expect(execution?.status).toBe('handoff')
  expect(await pauseBot(dependencies(), job)).toBe(0)
})

test('does nothing where no bot is at work, and asks nobody when the thread is not paused any more', async () => {
  const idle = await answerFromPhone(await bench.makeWorkspace(), false)
  expect(await pauseBot(dependencies(), idle.job)).toBe(0)

  const { execution, job } = await answerFromPhone(await bench.makeWorkspace())
  await bench.pipeline.kysely
    .updateTable('conversations')
    .set({ bot_state: 'active' })
    .where('id', '=', job.conversationId)
    .execute()
  expect(await pauseBot(dependencies(), job)).toBe(0)
  expect(execution?.status).toBe('waiting')
})

test('gives up where Kapso refuses or there is no key, and tries again where Kapso is in trouble', async () => {
  const { execution, job } = await answerFromPhone(await bench.makeWorkspace())
  expect(await pauseBot(dependencies({ kapsoApiKey: 'wrong' }), job)).toBe(0)
  expect(await pauseBot(dependencies({ kapsoApiKey: undefined }), job)).toBe(0)
  await expect(pauseBot(dependencies({ kapsoApiUrl: 'http://127.0.0.1:1' }), job)).rejects.toThrow('Kapso:')
  expect(execution?.status).toBe('waiting')
})

test('is done by the worker', async () => {
  const queue = await startQueue({
    connectionString: bench.database.workerUrl,
    runsJobs: true,
    log: silentLog,
  })
  try {
    await workPauseBot(queue, dependencies())
    const { execution } = await answerFromPhone(await bench.makeWorkspace())
    await expect.poll(() => execution?.status, { timeout: 15_000 }).toBe('handoff')
  } finally {
    await queue.stop()
  }
})
