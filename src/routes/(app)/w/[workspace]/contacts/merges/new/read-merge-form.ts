import { isUuid } from '#lib/domain/uuid.ts'
import { mostMerged, type MergeChoices } from '#lib/domain/merges/merge-facts.ts'
import type { MergeRequest } from '#lib/server/database/merges.ts'
import { readText } from '#lib/server/read-form.ts'

/** What a form of a merge asks for: contacts (ids, by commas), survivor, hash, reason, choice:<field>, custom:<field>. */
export function readMergeForm(posted: FormData): MergeRequest {
  const choices: MergeChoices = {}
  for (const name of [...posted.keys()].slice(0, 300)) {
    if (!name.startsWith('choice:')) continue
    const field = name.slice('choice:'.length)
    const side = readText(posted, name)
    choices[field] = side === 'custom' ? { custom: readText(posted, `custom:${field}`) } : side
  }
  const survivorId = readText(posted, 'survivor')
  return {
    contactIds: readText(posted, 'contacts')
      .slice(0, 1000)
      .split(',')
      .filter(isUuid)
      .slice(0, mostMerged + 1),
    survivorId: isUuid(survivorId) ? survivorId : '',
    choices,
    reason: readText(posted, 'reason'),
    planHash: readText(posted, 'hash'),
  }
}

/** The contacts that an address names, as `contacts=a,b`. */
export function readContactIds(query: URLSearchParams): string[] {
  const ids = query
    .getAll('contacts')
    .flatMap((words) => words.split(','))
    .filter(isUuid)
    .map((id) => id.toLowerCase())
  return [...new Set(ids)].slice(0, mostMerged)
}
