import { createECDH, randomBytes } from 'node:crypto'
import { readFileSync, renameSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { z } from 'zod'
import { StartError } from './start-error.ts'

const secretsSchema = z.object({
  webPassword: z.string().min(20),
  workerPassword: z.string().min(20),
  /** As the environment variable has it: id:base64 of 32 bytes. */
  encryptionKeys: z.string().min(40),
  webhookSecret: z.string().min(20),
  /** The pair with which browsers are rung (RFC 8292), in URL-safe base64. */
  pushKeys: z.object({ publicKey: z.string(), privateKey: z.string() }),
})

const keysSchema = z.object({ publishableKey: z.string(), secretKey: z.string(), jwtSecret: z.string() })

/** What an operator would choose for an installation, chosen once for the one on this machine. */
export type LocalSecrets = z.infer<typeof secretsSchema>

/** What the embedded Supabase made for itself. */
export type EmbeddedKeys = z.infer<typeof keysSchema>

/** Reads `<directory>/secrets.json`, or makes it; only its owner can read it. Throws StartError for a broken file. */
export function loadSecrets(directory: string): LocalSecrets {
  const file = join(directory, 'secrets.json')
  // Folders that were made before browsers could be rung have no pair for it yet.
  const known = readJson(file, secretsSchema.partial({ pushKeys: true }))
  if (known?.pushKeys) return { ...known, pushKeys: known.pushKeys }
  const made: LocalSecrets = {
    pushKeys: makePushKeys(),
    webPassword: randomBytes(24).toString('base64url'),
    workerPassword: randomBytes(24).toString('base64url'),
    encryptionKeys: `local-1:${randomBytes(32).toString('base64')}`,
    webhookSecret: randomBytes(24).toString('base64url'),
    ...known,
  }
  writeFileSync(`${file}.new`, `${JSON.stringify(made, null, 2)}\n`, { mode: 0o600 })
  renameSync(`${file}.new`, file)
  return made
}

function makePushKeys(): LocalSecrets['pushKeys'] {
  const pair = createECDH('prime256v1')
  pair.generateKeys()
  return { publicKey: pair.getPublicKey('base64url'), privateKey: pair.getPrivateKey('base64url') }
}

/** Reads the keys that the embedded Supabase keeps in `<directory>/keys.json`. */
export function readEmbeddedKeys(directory: string): EmbeddedKeys {
  const keys = readJson(join(directory, 'keys.json'), keysSchema)
  if (!keys) throw new StartError(`Embedded Supabase left no keys in ${directory}.`)
  return keys
}

/** undefined where there is no such file. */
export function readJson<Value>(file: string, schema: z.ZodType<Value>): Value | undefined {
  let text: string
  try {
    text = readFileSync(file, 'utf8')
  } catch (error) {
    if (error instanceof Error && 'code' in error && error.code === 'ENOENT') return undefined
    throw error
  }
  try {
    return schema.parse(JSON.parse(text))
  } catch {
    throw new StartError(`${file} cannot be read: put it right, or remove its folder to begin anew.`)
  }
}
