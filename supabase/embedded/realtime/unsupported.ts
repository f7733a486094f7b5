import type { JoinConfig } from './join-config.ts'
import { Refusal } from './refusal.ts'

/**
 * What hosted Supabase has and this server does not, refused with the words hosted uses when it cannot do it:
 * postgres_changes and the replay of broadcasts.
 */

/** Throws a Refusal when the join asks for something that must be refused before it is answered. */
export function refuseUnsupported(config: JoinConfig) {
  if (config.replay !== undefined) {
    const reason = config.isPrivate
      ? 'Realtime was unable to replay messages'
      : 'Replay is not allowed for public channels'
    throw new Refusal('UnableToReplayMessages', reason)
  }
  const [change] = config.postgresChanges
  if (change && config.waitsForPostgresChanges) {
    throw new Refusal('RealtimeDisabledForConfiguration', explainPostgresChange(change))
  }
}

/** The message of the system event that follows a join with postgres_changes. */
export function explainPostgresChange(change: Record<string, unknown>): string {
  const parameters = ['event', 'schema', 'table', 'filter']
    .filter((name) => change[name] !== undefined)
    .map((name) => `${name}: ${String(change[name])}`)
  return `Unable to subscribe to changes with given parameters. Please check Realtime is enabled for the given connect parameters: [${parameters.join(', ')}]`
}
