import { readdir, readFile } from 'node:fs/promises'
import { join } from 'node:path'
import type { KeptMail } from '../../supabase/embedded/mail.ts'

/** The mails that the embedded stack has kept for an address, oldest first. */
export async function mailsTo(embeddedDirectory: string, address: string): Promise<KeptMail[]> {
  const folder = join(embeddedDirectory, 'mail')
  const names = await readdir(folder).catch(() => [])
  const texts = await Promise.all(names.sort().map((name) => readFile(join(folder, name), 'utf8')))
  return texts
    .filter((text) => text.endsWith('\n'))
    .map((text) => JSON.parse(text) as KeptMail)
    .filter(({ to }) => to === address)
}
