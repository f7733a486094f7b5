import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { queryOnce } from '../support/query.ts'

/** Of each process; what the simulator writes is Kapso's business. */
const logs = ['logs/web.log', 'logs/worker.log', 'logs/embedded.log', 'gateway.log', 'postgres.log']
/** Shorter ones stand in many a word. */
const shortest = 8

/**
 * Looks through the logs of a whole run for what people wrote and are called: names, numbers, addresses, texts, and ids
 * of WhatsApp, which hold a number in base64.
 *
 * @param directory EMBEDDED_DIR of the stack
 * @returns where something stands, as `log: kind`; what it is stays out of the report
 * @throws Error when there was nothing to look for or to look through
 */
export async function findPrivateWords(databaseUrl: string, directory: string): Promise<string[]> {
  const words = await queryOnce<{ kind: string; word: string }>(
    databaseUrl,
    `select distinct kind, word from (
      select 'name' as kind, name as word from public.contacts
      union all select 'profile name', profile_name from public.contact_identities
      union all select 'number', ltrim(phone, '+') from public.contact_identities
      union all select 'address', email from public.contacts
      union all select 'address', email from auth.users
      union all select 'text', text from public.messages
      union all select 'note', body from public.conversation_notes
      union all select 'wamid', wamid from public.messages
    ) known where length(word) >= ${String(shortest)}`,
  )
  const texts = await Promise.all(
    logs.map(async (log) => ({ log, text: await readFile(join(directory, log), 'utf8') })),
  )
  if (words.length < 20 || texts.every(({ text }) => text === ''))
    throw new Error('There is nothing to look for in the logs.')
  return texts.flatMap(({ log, text }) => {
    // The only line that is meant for a person: the embedded stack has no mail server.
    const lines = text.split('\n').filter((line) => !line.includes('Mail "'))
    const whole = lines.join('\n')
    const kinds = new Set(words.filter(({ word }) => whole.includes(word)).map(({ kind }) => kind))
    return [...kinds].map((kind) => `${log}: ${kind}`)
  })
}
