// `npm run cli`: the operator's command line, on the installation that .env describes; without that, on the one that
// `npm start` runs on this machine.
import { existsSync } from 'node:fs'
import { join, resolve } from 'node:path'
import { localEnvironmentFile } from './environment.ts'

const root = resolve(import.meta.dirname, '../..')
const ownFile = join(root, '.env')
const localFile = localEnvironmentFile(resolve(root, process.env['EMBEDDED_DIR'] || '.embedded'))

if (existsSync(ownFile)) process.loadEnvFile(ownFile)
else if (!process.env['DATABASE_URL_WORKER'] && existsSync(localFile)) process.loadEnvFile(localFile)

await import('../cli.ts')
