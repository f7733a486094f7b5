import { describe, expect, it } from 'vitest'
import { explainNpmFailure, isNetworkFailure } from './npm-failure.js'

const root = '/srv/ayu/my21staff'

const outputs: [string, string, RegExp][] = [
  [
    'no name server',
    'npm error code EAI_AGAIN\nnpm error syscall getaddrinfo\nnpm error request to https://registry.example/x failed\n',
    /^No network: .*EAI_AGAIN/,
  ],
  ['nobody listening', 'npm error code ECONNREFUSED\nnpm error FetchError: request failed', /^No network/],
  [
    'a full disk',
    'npm warn tar TAR_ENTRY_ERROR ENOSPC: no space left on device, write\nnpm error code ENOSPC\nnpm error nospc ENOSPC',
    /^No disk space: .*\/srv\/ayu\/my21staff/,
  ],
  [
    'no permission',
    'npm error code EACCES\nnpm error syscall mkdir\nnpm error path /srv/ayu/.npm/_cacache\nnpm error errno -13',
    /^No permission: .*\/srv\/ayu\/\.npm\/_cacache/,
  ],
  [
    'a registry that refuses',
    'npm error code E403\nnpm error 403 403 Forbidden - GET https://registry.example/zod\nnpm error 403 In most cases ...',
    /^The package registry refused \(E403\): 403 Forbidden - GET https:\/\/registry\.example\/zod$/,
  ],
  [
    'another content',
    'npm error code EINTEGRITY\nnpm error sha512-a integrity checksum failed',
    /not the one in package-lock\.json/,
  ],
  [
    'a stale lock file',
    'npm error code EUSAGE\nnpm error\nnpm error `npm ci` can only install',
    /npm run lock/,
  ],
  [
    'something else',
    'npm error code SELF_SIGNED_CERT_IN_CHAIN\nnpm error errno SELF_SIGNED\nnpm error request to https://registry.example failed',
    /^npm ci failed: SELF_SIGNED_CERT_IN_CHAIN request to/,
  ],
]

describe('explainNpmFailure', () => {
  it.each(outputs)('says %s in one line', (_name, output, expected) => {
    const line = explainNpmFailure(output, root)
    expect(line).toMatch(expected)
    expect(line).not.toContain('\n')
  })

  it('has something to say when npm said nothing', () => {
    expect(explainNpmFailure('', root)).toMatch(/^npm ci failed/)
  })
})

describe('isNetworkFailure', () => {
  it('tells an unreachable registry from one that answers', () => {
    expect(isNetworkFailure('npm error code ENOTFOUND\n')).toBe(true)
    expect(isNetworkFailure('npm error code E404\n')).toBe(false)
    expect(isNetworkFailure('')).toBe(false)
  })
})
