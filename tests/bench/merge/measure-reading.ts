import { merge, planOf, time, undo, type Merger } from './merging.ts'
import type { SeededPerson } from './seed-people.ts'

/** A contact that is read, and those that are merged into it. */
export interface Group {
  name: string
  person: SeededPerson
  others: SeededPerson[]
}

const readings = {
  list: ({ base }: Merger) => `${base}/inbox/conversations?view=open`,
  contacts: ({ base }: Merger) => `${base}/contacts/rows`,
  thread: ({ base }: Merger, { person }: Group) => `${base}/inbox/${person.conversationId}/messages`,
  search: ({ base }: Merger, { name }: Group) => `${base}/search?q=${encodeURIComponent(name)}`,
} as const
export type Reading = keyof typeof readings
export const readingNames = Object.keys(readings) as Reading[]

export interface ReadTimes {
  alone: number[]
  merged: number[]
}

/** Milliseconds of each request for what shows these contacts, alone and with their others merged into them, in turns. */
export async function measureReading(
  merger: Merger,
  groups: Group[],
  rounds: number,
): Promise<Record<Reading, ReadTimes>> {
  const measured: Record<Reading, ReadTimes> = {
    list: { alone: [], merged: [] },
    contacts: { alone: [], merged: [] },
    thread: { alone: [], merged: [] },
    search: { alone: [], merged: [] },
  }
  const read = async (as: keyof ReadTimes, isKept: boolean) => {
    for (let again = 0; again < 3; again++)
      for (const group of groups)
        for (const name of readingNames) {
          const [answer, ms] = await time(() =>
            merger.visitor.get(readings[name](merger, group), { accept: 'application/json' }),
          )
          if (answer.status !== 200) throw new Error(`${name} was answered with ${String(answer.status)}`)
          if (isKept) measured[name][as].push(ms)
        }
  }
  // In the first one plans are made.
  for (let round = -1; round < rounds; round++) {
    await read('alone', round >= 0)
    const mergeIds: string[] = []
    for (const { person, others } of groups) {
      const ids = [person, ...others].map(({ contactId }) => contactId)
      mergeIds.push(await merge(merger, await planOf(merger, ids)))
    }
    await read('merged', round >= 0)
    for (const mergeId of mergeIds) await undo(merger, mergeId)
  }
  return measured
}
