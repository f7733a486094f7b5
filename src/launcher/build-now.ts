// `npm test` builds as `npm start` does, so that neither does it again for the same sources.
import { join, resolve } from 'node:path'
import { buildApp } from './build.ts'

const root = resolve(import.meta.dirname, '../..')
await buildApp({
  root,
  environment: process.env,
  logFile: join(root, 'node_modules/.cache/my21staff/build.log'),
  report: console.log,
  signal: new AbortController().signal,
})
