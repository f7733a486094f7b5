import { describe, expect, it } from 'vitest'
import { safePath, signInPath } from './safe-path.ts'

describe('safePath', () => {
  it('keeps paths of this site', () => {
    for (const path of ['/', '/w/toko/inbox', '/w/toko/inbox?x=1&y=%2F#top'])
      expect(safePath(path)).toBe(path)
  })

  it('follows nothing that leads elsewhere', () => {
    const bad = [
      '//evil.example',
      '/\\evil.example',
      '\\\\evil.example',
      'https://evil.example',
      'evil',
      '',
      null,
    ]
    for (const next of [
      ...bad,
      undefined,
      '/\t/evil.example',
      '/\n/evil.example',
      '/./%2e//evil',
      '/a/..//evil.example',
    ]) {
      expect(safePath(next)).toBeNull()
    }
  })
})

describe('signInPath', () => {
  it('carries the way back', () => {
    expect(signInPath('/w/toko/inbox?x=1')).toBe('/sign-in?next=%2Fw%2Ftoko%2Finbox%3Fx%3D1')
    expect(signInPath('/')).toBe('/sign-in')
    expect(signInPath('//evil.example')).toBe('/sign-in')
  })
})
