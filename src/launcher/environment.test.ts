import { mkdtempSync, rmSync, statSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { parseEnv } from 'node:util'
import { readFileSync } from 'node:fs'
import { describe, expect, it, onTestFinished } from 'vitest'
import {
  composePlatformEnvironment,
  composeProductEnvironment,
  keepEnvironment,
  localEnvironmentFile,
} from './environment.ts'

const addresses = {
  ports: { web: 4000, api: 4001, postgres: 4002, simulator: 4003 },
  host: '127.0.0.1',
  origin: 'http://127.0.0.1:4000',
  directory: '/data',
}
const keys = { publishableKey: 'sb_publishable_x', secretKey: 'sb_secret_x', jwtSecret: 'jwt' }
const secrets = {
  webPassword: 'web',
  workerPassword: 'worker',
  encryptionKeys: 'local-1:AA==',
  webhookSecret: 'hook',
  pushKeys: { publicKey: 'public', privateKey: 'private' },
}

describe('the environment of a local installation', () => {
  it('sets every variable that .env.example names', () => {
    const named = Object.keys(parseEnv(readFileSync('.env.example', 'utf8')))
    const set = {
      ...composePlatformEnvironment(addresses, {}),
      ...composeProductEnvironment(addresses, keys, secrets, {}),
    }
    // These have defaults that suit every installation.
    const left = /^(TRUSTED_PROXIES|KAPSO_TIMEOUT_MS|SEND_SETTLE_MS|MEDIA_HOSTS|LOG_LEVEL|SIMULATOR_.*)$/
    expect(named.filter((name) => !(name in set) && !left.test(name))).toEqual([])
  })

  it('leads everything to this machine, whatever the caller has set', () => {
    const inherited = {
      HOME: '/srv/ayu',
      SIMULATOR_TIME_SCALE: '10',
      DATABASE_URL_WEB: 'postgres://production',
      SUPABASE_URL: 'https://production.example',
      KAPSO_API_KEY: 'of production',
      ENCRYPTION_KEYS: 'of production',
    }
    const platform = composePlatformEnvironment(addresses, inherited)
    expect(Object.keys(platform).filter((name) => /DATABASE|SUPABASE|KAPSO|KEYS/.test(name))).toEqual([])
    const environment = {
      ...platform,
      ...composeProductEnvironment(addresses, keys, secrets, inherited),
    }
    expect(JSON.stringify(environment)).not.toContain('production.example')
    expect(Object.values(environment)).not.toContain('of production')
    expect(environment['DATABASE_URL_WEB']).toBe('postgres://my21_web:web@127.0.0.1:4002/postgres')
    expect(environment['HOME']).toBe('/srv/ayu')
    expect(environment['SIMULATOR_TIME_SCALE']).toBe('10')
  })

  it('keeps sign-up open unless the caller closes it', () => {
    expect(composeProductEnvironment(addresses, keys, secrets, {})['SIGN_UP']).toBe('open')
    expect(composeProductEnvironment(addresses, keys, secrets, { SIGN_UP: 'invited' })['SIGN_UP']).toBe(
      'invited',
    )
  })

  it('is kept for the command line, readable by its owner alone', () => {
    const directory = mkdtempSync(join(tmpdir(), 'my21staff-environment-'))
    onTestFinished(() => {
      rmSync(directory, { recursive: true })
    })
    const environment = composeProductEnvironment(addresses, keys, secrets, {})
    keepEnvironment(directory, environment)
    const file = localEnvironmentFile(directory)
    expect(parseEnv(readFileSync(file, 'utf8'))).toEqual(environment)
    expect(statSync(file).mode & 0o777).toBe(0o600)
  })
})
