// `npm run lock`: after `npm install` against a registry that lacks packages of other platforms.
import { readFileSync, writeFileSync } from 'node:fs'
import { completeLockFile, findMissingOptionalPackages } from './lock-file.js'

const path = new URL('../../package-lock.json', import.meta.url)
const lock = JSON.parse(readFileSync(path, 'utf8'))
const missing = findMissingOptionalPackages(lock)
if (missing.length > 0) writeFileSync(path, `${JSON.stringify(completeLockFile(lock), null, 2)}\n`)
console.log(`package-lock.json: ${String(missing.length)} optional packages added`)
