import { createHash } from 'node:crypto'
import type { MergeChoices, MergeFacts } from './merge-facts.ts'

/**
 * What a plan rests on, as 64 hexadecimal digits: who goes on, each contact with what was merged into it, its values with
 * their sources, its accounts, opt-outs and blocks. Not what comes in by the minute: messages, conversations and when
 * WhatsApp last told a name.
 *
 * @param choices those that were made; none for the plan as it is shown before anything is chosen
 */
export function hashPlan({ sides }: MergeFacts, survivorId: string, choices: MergeChoices = {}): string {
  const facts = {
    survivorId,
    contacts: sides
      .map((side) => ({
        id: side.id,
        partIds: side.partIds.toSorted(),
        values: byKey(side.values, (told) => told && [told.value, told.source, told.from]),
        identities: side.identities.map(({ id }) => id).toSorted(),
        isOptedOut: side.isOptedOut,
        blockLevel: side.blockLevel,
      }))
      .toSorted((a, b) => (a.id < b.id ? -1 : 1)),
    choices: byKey(choices, (choice) => choice),
  }
  return createHash('sha256').update(JSON.stringify(facts)).digest('hex')
}

function byKey<Value>(record: Partial<Record<string, Value>>, write: (value: Value | undefined) => unknown) {
  return Object.keys(record)
    .toSorted()
    .map((key) => [key, write(record[key])])
}
