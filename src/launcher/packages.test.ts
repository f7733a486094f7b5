import { mkdirSync, mkdtempSync, readlinkSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { arePackagesInstalled, isInstalledAs, linkOwnNode } from './packages.js'

const machine = { platform: 'linux', arch: 'x64' }
const plain = { version: '1.0.0', integrity: 'sha512-a' }
const forMac = { version: '1.0.0', optional: true, os: ['darwin'], cpu: ['arm64'] }
const forLinux = { version: '1.0.0', optional: true, os: 'linux', cpu: 'x64' }

function isInstalled(wanted: Record<string, object>, found: Record<string, object>) {
  return isInstalledAs({ packages: wanted }, { packages: found }, machine)
}

describe('isInstalledAs', () => {
  it('holds when every package is there in its version', () => {
    expect(isInstalled({ '': {}, 'node_modules/a': plain }, { 'node_modules/a': plain })).toBe(true)
  })

  it('misses an absent package, another version and another content', () => {
    expect(isInstalled({ 'node_modules/a': plain }, {})).toBe(false)
    expect(
      isInstalled({ 'node_modules/a': plain }, { 'node_modules/a': { ...plain, version: '1.0.1' } }),
    ).toBe(false)
    expect(
      isInstalled({ 'node_modules/a': plain }, { 'node_modules/a': { ...plain, integrity: 'sha512-b' } }),
    ).toBe(false)
  })

  it('forgives what is for another platform, and misses what is for this one', () => {
    expect(isInstalled({ 'node_modules/m': forMac }, {})).toBe(true)
    expect(isInstalled({ 'node_modules/l': forLinux }, {})).toBe(false)
    expect(isInstalled({ 'node_modules/l': { ...forLinux, libc: ['musl'] } }, {})).toBe(true)
    expect(isInstalled({ 'node_modules/o': { version: '1.0.0', optional: true } }, {})).toBe(true)
  })
})

describe('a folder', () => {
  let root: string
  beforeEach(() => {
    root = mkdtempSync(join(tmpdir(), 'my21staff-packages-'))
    writeFileSync(
      join(root, 'package-lock.json'),
      JSON.stringify({ packages: { '': {}, 'node_modules/a': plain } }),
    )
  })
  afterEach(() => {
    rmSync(root, { recursive: true })
  })

  function record(packages: Record<string, object>) {
    mkdirSync(join(root, 'node_modules'), { recursive: true })
    writeFileSync(join(root, 'node_modules/.package-lock.json'), JSON.stringify({ packages }))
  }

  it('without node_modules has nothing installed', () => {
    expect(arePackagesInstalled(root)).toBe(false)
  })

  it('counts as installed after a plain npm ci, until the lock file changes', () => {
    record({ 'node_modules/a': plain })
    expect(arePackagesInstalled(root)).toBe(true)
    writeFileSync(join(root, 'package-lock.json'), JSON.stringify({ packages: { 'node_modules/b': plain } }))
    expect(arePackagesInstalled(root)).toBe(false)
  })

  it('does not count as installed while npm has not finished', () => {
    mkdirSync(join(root, 'node_modules/a'), { recursive: true })
    expect(arePackagesInstalled(root)).toBe(false)
  })

  it.runIf(process.platform === 'linux')('gets the link to its own Node that npm 10 leaves out', () => {
    const name = `node-${process.platform}-${process.arch}`
    mkdirSync(join(root, 'node_modules', name, 'bin'), { recursive: true })
    writeFileSync(join(root, 'node_modules', name, 'bin/node'), '#!/bin/sh\n', { mode: 0o755 })
    linkOwnNode(root)
    expect(readlinkSync(join(root, 'node_modules/.bin/node'))).toBe(`../${name}/bin/node`)
  })
})
