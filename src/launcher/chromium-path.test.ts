import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, expect, test, vi } from 'vitest'
import {
  debianChromium,
  keepChromiumPath,
  keepShellPath,
  readChromiumPath,
  readKeptShell,
  readShellPath,
} from './chromium-path.js'

let root: string

beforeEach(() => {
  root = mkdtempSync(join(tmpdir(), 'my21staff-chromium-'))
  vi.stubEnv('CHROMIUM_PATH', '')
})

afterEach(() => {
  vi.unstubAllEnvs()
  rmSync(root, { recursive: true })
})

test('without a search there is none', () => {
  expect([readChromiumPath(root), readShellPath(root), readKeptShell(root)]).toEqual([
    undefined,
    undefined,
    undefined,
  ])
})

test('the shell stands in for the Chromium of the same system only', () => {
  keepShellPath('/usr/bin/a-shell', root)
  keepChromiumPath(debianChromium, root)
  expect([readChromiumPath(root), readShellPath(root)]).toEqual([debianChromium, '/usr/bin/a-shell'])
  vi.stubEnv('CHROMIUM_PATH', '/opt/chrome')
  expect([readChromiumPath(root), readShellPath(root)]).toEqual(['/opt/chrome', '/opt/chrome'])
})

test('where no shell is to be had, the Chromium does both', () => {
  keepChromiumPath(debianChromium, root)
  keepShellPath('', root)
  expect([readShellPath(root), readKeptShell(root)]).toEqual([debianChromium, ''])
})
