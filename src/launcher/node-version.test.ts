import { describe, expect, it } from 'vitest'
import { explainOldNode } from './node-version.js'

describe('explainOldNode', () => {
  it('accepts the oldest Node that can install the own one', () => {
    expect(explainOldNode('20.20.0', 'linux', 'x64')).toBeUndefined()
    expect(explainOldNode('24.0.0', 'linux', 'arm64')).toBeUndefined()
  })

  it('names the version that is needed where an own Node comes along', () => {
    expect(explainOldNode('20.19.9', 'linux', 'x64')).toMatch(
      /^Node 20\.19\.9 is too old: .* 20\.20 or newer/,
    )
    expect(explainOldNode('18.20.0', 'linux', 'x64')).toContain('20.20')
  })

  it('asks for a Node that runs TypeScript where none comes along', () => {
    expect(explainOldNode('22.17.1', 'darwin', 'arm64')).toContain('22.18')
    expect(explainOldNode('22.18.0', 'darwin', 'arm64')).toBeUndefined()
    expect(explainOldNode('20.20.2', 'linux', 's390x')).toContain('22.18')
  })
})
