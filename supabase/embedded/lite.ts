import { join } from 'node:path'
import { App, setExperimental } from '@supabase/lite'
import { createPostgresConnection } from '@supabase/lite/postgres'
import type { EmbeddedKeys } from './keys.ts'
import type { Log } from './log.ts'
import { keepMails } from './mail.ts'
import { keepObjectsAsFiles } from './object-files.ts'
import { answerSignedStorage } from './signed-storage.ts'

export interface LiteOptions {
  /** Signs in as embedded_gateway. */
  databaseUrl: string
  keys: EmbeddedKeys
  /** Where the links of mails lead. */
  siteUrl: string
  directory: string
  log: Log
}

export interface Lite {
  /** Answers a request below /auth/v1, /storage/v1 or /rest/v1. */
  fetch(request: Request, peerAddress: string | null): Promise<Response>
  close(): Promise<void>
}

/** Auth, Storage and the Data API by @supabase/lite, on a database that preparePlatform has made. */
export function startLite({ databaseUrl, keys, siteUrl, directory, log }: LiteOptions): Lite {
  setExperimental('storage', true)
  const connection = createPostgresConnection({
    url: databaseUrl,
    postgresOptions: { max: 6, idle_timeout: 30, onnotice: () => undefined },
  })
  // Left to itself, its first request would grant everything in every schema with row-level security to anon and
  // authenticated ("ensureRlsContext"). The platform has made the grants already.
  Reflect.set(connection, 'rlsState', 'active')

  const app = new App({
    connection,
    api: { enabled: true, schemas: ['public'] },
    auth: {
      enabled: true,
      publishable_key: keys.publishableKey,
      secret_key: keys.secretKey,
      jwt_secret: keys.jwtSecret,
      jwt_expiry: 3600,
      site_url: siteUrl,
      enable_signup: true,
      minimum_password_length: 8,
      email: {
        enable_signup: true,
        enable_confirmations: false,
        template: {
          recovery: {
            subject: 'Reset your password',
            content_path: join(import.meta.dirname, '..', 'templates', 'recovery.html'),
          },
        },
      },
    },
    storage: { enabled: true, file_size_limit: '100MiB' },
    options: { server: { admin: false }, drivers: { email: keepMails(directory, log) } },
  })
  app._storageAdapter = keepObjectsAsFiles(join(directory, 'storage'))

  return {
    fetch: (request, peerAddress) =>
      answerSignedStorage(request, (asked) => app.fetch(asked, { peerAddress })),
    close: () => connection.close(),
  }
}
