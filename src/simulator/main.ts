import { randomInt } from 'node:crypto'
import { join } from 'node:path'
import { z } from 'zod'
import { defaultApiKey, defaultPhoneNumberId, startSimulator } from './simulator.ts'

const environmentSchema = z.object({
  SIMULATOR_PORT: z.coerce.number().int().min(0).max(65_535).default(3210),
  SIMULATOR_HOST: z.string().default('127.0.0.1'),
  /** The world is kept in `simulator.json` in this folder. */
  EMBEDDED_DIR: z.string().default('.embedded'),
  SIMULATOR_API_KEY: z.string().min(1).default(defaultApiKey),
  SIMULATOR_PHONE_NUMBER_ID: z.string().default(defaultPhoneNumberId),
  SIMULATOR_SEED: z.coerce.number().int().optional(),
  SIMULATOR_TIME_SCALE: z.coerce.number().positive().default(1),
  /** Milliseconds between the tries of a delivery, with commas. */
  SIMULATOR_RETRY_DELAYS_MS: z
    .string()
    .regex(/^\d+(,\d+)*$/)
    .default('10000,40000,90000'),
})

/** Reads the environment and runs a simulator until it is told to stop. */
async function main(): Promise<void> {
  const parsed = environmentSchema.safeParse(process.env)
  if (!parsed.success) {
    for (const issue of parsed.error.issues) console.error(`${issue.path.join('.')}: ${issue.message}`)
    process.exitCode = 1
    return
  }
  const environment = parsed.data
  const simulator = await startSimulator({
    port: environment.SIMULATOR_PORT,
    host: environment.SIMULATOR_HOST,
    stateFile: join(environment.EMBEDDED_DIR, 'simulator.json'),
    apiKey: environment.SIMULATOR_API_KEY,
    seed: environment.SIMULATOR_SEED ?? randomInt(2 ** 32),
    timeScale: environment.SIMULATOR_TIME_SCALE,
    retryDelaysMs: environment.SIMULATOR_RETRY_DELAYS_MS.split(',').map(Number),
    phoneNumbers: [{ id: environment.SIMULATOR_PHONE_NUMBER_ID }],
  })
  console.log(`Kapso simulator: ${simulator.url}`)
  let isStopping = false
  for (const signal of ['SIGINT', 'SIGTERM'] as const) {
    process.on(signal, () => {
      if (isStopping) return
      isStopping = true
      void simulator.close().then(() => process.exit(0))
    })
  }
}

await main().catch((error: unknown) => {
  const isTaken = error instanceof Error && 'code' in error && error.code === 'EADDRINUSE'
  console.error(isTaken ? `Kapso simulator: ${error.message}` : error)
  process.exitCode = 1
})
