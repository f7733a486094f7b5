import type { Clock } from '../clock.ts'
import type { Conversation, Webhook } from '../world.ts'

export interface BufferedItem {
  messageId: string
  sequence: number
  /** The body of the message alone. */
  body: Record<string, unknown>
}

export interface Buffers {
  add(webhook: Webhook, conversation: Conversation, item: BufferedItem): void
  /** How many buffers hold messages. */
  waiting(): number
}

interface Buffer {
  items: BufferedItem[]
  callOff: () => void
}

/**
 * Collects messages per webhook and conversation. Each new message makes the buffer wait anew (debounce); it is
 * flushed after the webhook's quiet time, or when it is full.
 */
export function createBuffers(
  clock: Clock,
  flush: (webhook: Webhook, conversation: Conversation, items: BufferedItem[]) => void,
): Buffers {
  const buffers = new Map<string, Buffer>()
  return {
    add(webhook, conversation, item) {
      const key = `${webhook.id} ${conversation.id}`
      const buffer = buffers.get(key)
      buffer?.callOff()
      const items = [...(buffer?.items ?? []), item]
      const empty = () => {
        buffers.delete(key)
        flush(webhook, conversation, items)
      }
      if (items.length >= webhook.maxBufferSize) {
        empty()
        return
      }
      buffers.set(key, { items, callOff: clock.after(webhook.bufferWindowSeconds * 1000, empty) })
    },
    waiting: () => buffers.size,
  }
}
