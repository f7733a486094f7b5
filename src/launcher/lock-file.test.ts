import { readFileSync } from 'node:fs'
import { describe, expect, it } from 'vitest'
import { completeLockFile, findMissingOptionalPackages, type LockFile, readPlatform } from './lock-file.js'

const lock: LockFile = {
  packages: {
    '': {},
    'node_modules/rollup': {
      version: '4.0.0',
      dev: true,
      optionalDependencies: {
        '@rollup/rollup-linux-x64-gnu': '4.0.0',
        '@rollup/rollup-win32-x64-msvc': '4.0.0',
      },
    },
    'node_modules/@rollup/rollup-linux-x64-gnu': { version: '4.0.0', optional: true },
    'node_modules/a/node_modules/b': {
      version: '1.0.0',
      optionalDependencies: { 'c-darwin-arm64': '1.0.0' },
    },
    'node_modules/a/node_modules/c-darwin-arm64': { version: '1.0.0' },
  },
}

describe('the lock file', () => {
  it('of this project names the packages of every platform, or npm ci of npm 11 refuses it', () => {
    const own = JSON.parse(readFileSync('package-lock.json', 'utf8')) as LockFile
    // Red after an npm install? npm run lock adds them.
    expect(findMissingOptionalPackages(own).map(({ name }) => name)).toEqual([])
  })

  it('lacks an optional package that is named neither beside its dependent nor above', () => {
    expect(findMissingOptionalPackages(lock).map(({ name }) => name)).toEqual([
      '@rollup/rollup-win32-x64-msvc',
    ])
  })

  it('is completed with version and platform, and lacks nothing then', () => {
    const completed = completeLockFile(lock)
    expect(completed.packages['node_modules/@rollup/rollup-win32-x64-msvc']).toEqual({
      version: '4.0.0',
      cpu: ['x64'],
      dev: true,
      optional: true,
      os: ['win32'],
    })
    expect(findMissingOptionalPackages(completed)).toEqual([])
  })
})

describe('readPlatform', () => {
  it.each([
    ['@rollup/rollup-linux-arm64-musl', { os: ['linux'], cpu: ['arm64'], libc: ['musl'] }],
    ['@rollup/rollup-linux-x64-gnu', { os: ['linux'], cpu: ['x64'], libc: ['glibc'] }],
    ['@unrs/resolver-binding-linux-arm-musleabihf', { os: ['linux'], cpu: ['arm'], libc: ['musl'] }],
    ['@supabase/cli-windows-arm64', { os: ['win32'], cpu: ['arm64'] }],
    ['@supabase/cli-linux-arm64', { os: ['linux'], cpu: ['arm64'] }],
    ['@tailwindcss/oxide-wasm32-wasi', { cpu: ['wasm32'] }],
    ['@rollup/rollup-android-arm-eabi', { os: ['android'], cpu: ['arm'] }],
  ])('reads %s', (name, platform) => {
    expect(readPlatform(name)).toEqual(platform)
  })

  it('refuses a name without a platform', () => {
    expect(() => readPlatform('left-pad')).toThrow('left-pad')
  })
})
