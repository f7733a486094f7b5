import { mkdtempSync, rmSync, statSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { loadSecrets, readEmbeddedKeys } from './secrets.ts'

describe('secrets', () => {
  let directory: string
  beforeEach(() => {
    directory = mkdtempSync(join(tmpdir(), 'my21staff-secrets-'))
  })
  afterEach(() => {
    rmSync(directory, { recursive: true })
  })

  it('are made once, kept, and readable by their owner alone', () => {
    const made = loadSecrets(directory)
    expect(loadSecrets(directory)).toEqual(made)
    expect(statSync(join(directory, 'secrets.json')).mode & 0o777).toBe(0o600)
    expect(Buffer.from(made.encryptionKeys.split(':')[1] ?? '', 'base64')).toHaveLength(32)
  })

  it('are never replaced when they cannot be read: what they sealed would be lost', () => {
    writeFileSync(join(directory, 'secrets.json'), '{"webPassword":')
    expect(() => loadSecrets(directory)).toThrow('secrets.json cannot be read')
  })

  it('of the embedded Supabase must be there', () => {
    expect(() => readEmbeddedKeys(directory)).toThrow('no keys')
    const keys = { publishableKey: 'p', secretKey: 's', jwtSecret: 'j' }
    writeFileSync(join(directory, 'keys.json'), JSON.stringify(keys))
    expect(readEmbeddedKeys(directory)).toEqual(keys)
  })
})
