import { randomBytes } from 'node:crypto'
import { readFile, rename, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { generateApiKey } from '@supabase/lite'
import { z } from 'zod'

const keysSchema = z.object({
  publishableKey: z.string().startsWith('sb_publishable_'),
  secretKey: z.string().startsWith('sb_secret_'),
  jwtSecret: z.string().min(32),
})

export type EmbeddedKeys = z.infer<typeof keysSchema>

/** The keys of this embedded project, from `<directory>/keys.json`; made at the first start and kept. */
export async function loadKeys(directory: string): Promise<EmbeddedKeys> {
  const file = join(directory, 'keys.json')
  const text = await readFile(file, 'utf8').catch((error: NodeJS.ErrnoException) => {
    if (error.code === 'ENOENT') return undefined
    throw error
  })
  if (text !== undefined) return keysSchema.parse(JSON.parse(text))

  const keys = {
    publishableKey: (await generateApiKey('publishable')).key,
    secretKey: (await generateApiKey('secret')).key,
    jwtSecret: randomBytes(48).toString('base64url'),
  }
  // Whole or not at all: half a file would lock everybody out at the next start.
  await writeFile(`${file}.new`, `${JSON.stringify(keys, undefined, 2)}\n`, { mode: 0o600 })
  await rename(`${file}.new`, file)
  return keys
}
