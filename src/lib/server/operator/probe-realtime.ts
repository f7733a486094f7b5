import { randomUUID } from 'node:crypto'
import { RealtimeClient, type RealtimeChannel } from '@supabase/realtime-js'
import { sql } from 'kysely'
import type { AsSystem } from '../database/database.ts'
import { OperatorError } from './operator-error.ts'
import { rejectWhenAborted } from './reject-when-aborted.ts'

export interface RealtimeProbe {
  asSystem: AsSystem
  supabaseUrl: string
  secretKey: string
}

/**
 * Sends one broadcast from the database on a private topic of its own and receives it over a socket.
 *
 * @returns how long that took, for people
 * @throws OperatorError when the channel cannot be joined, or the signal fires before the broadcast came
 */
export async function probeRealtime(
  { asSystem, supabaseUrl, secretKey }: RealtimeProbe,
  signal: AbortSignal,
): Promise<string> {
  const probeId = randomUUID()
  const client = new RealtimeClient(`${supabaseUrl.replace(/\/$/, '')}/realtime/v1`, {
    params: { apikey: secretKey },
    accessToken: () => Promise.resolve(secretKey),
  })
  const channel = client.channel(`health:${probeId}`, { config: { private: true } })
  try {
    const received = new Promise<number>((resolve) => {
      channel.on('broadcast', { event: 'health' }, () => resolve(performance.now()))
    })
    await Promise.race([join(channel), rejectWhenAborted(signal)])
    const sentAt = performance.now()
    await asSystem((database) => sql`select private.send_health_broadcast(${probeId})`.execute(database))
    const receivedAt = await Promise.race([received, rejectWhenAborted(signal)])
    return `a broadcast took ${Math.round(receivedAt - sentAt)} ms`
  } finally {
    await client.removeAllChannels()
    client.disconnect()
  }
}

function join(channel: RealtimeChannel): Promise<void> {
  return new Promise((resolve, reject) => {
    channel.subscribe((status) => {
      if (status === 'SUBSCRIBED') resolve()
      else reject(new OperatorError('The channel cannot be joined.'))
    })
  })
}
