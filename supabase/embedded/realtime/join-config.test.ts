import { describe, expect, it } from 'vitest'
import { readJoinConfig } from './join-config.ts'

describe('readJoinConfig', () => {
  it('reads what realtime-js sends', () => {
    const change = { event: '*', schema: 'public' }
    const config = {
      broadcast: { ack: true, self: true, replication_ready: true, replay: { since: 1 } },
      presence: { key: 'ani', enabled: true },
      postgres_changes: [change],
      postgres_changes_options: { wait: true },
      private: true,
    }
    expect(readJoinConfig({ config })).toEqual({
      isPrivate: true,
      acknowledges: true,
      echoes: true,
      wantsReplicationReady: true,
      wantsPresence: true,
      presenceKey: 'ani',
      replay: { since: 1 },
      postgresChanges: [change],
      waitsForPostgresChanges: true,
    })
  })

  it.each([
    undefined,
    null,
    'text',
    [],
    {},
    { config: null },
    { config: { broadcast: 1, presence: [], private: 'x' } },
  ])('reads %j as nothing wanted', (payload) => {
    const { presenceKey, ...rest } = readJoinConfig(payload)
    expect(presenceKey).toMatch(/^[0-9a-f-]{36}$/)
    expect(rest).toEqual({
      isPrivate: false,
      acknowledges: false,
      echoes: false,
      wantsReplicationReady: false,
      wantsPresence: false,
      replay: undefined,
      postgresChanges: [],
      waitsForPostgresChanges: false,
    })
  })

  it('takes booleans as text, keys that are no text, and lists with holes', () => {
    const config = { private: 'TRUE', presence: { key: 7 }, postgres_changes: [null, { schema: 'public' }] }
    expect(readJoinConfig({ config })).toMatchObject({
      isPrivate: true,
      presenceKey: '7',
      postgresChanges: [{ schema: 'public' }],
    })
  })
})
