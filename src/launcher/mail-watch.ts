import { mkdirSync, readFileSync, watch } from 'node:fs'
import { join } from 'node:path'
import { z } from 'zod'

const mailSchema = z.object({ subject: z.string(), link: z.string().optional() })

/** Says the link of each mail that the embedded Supabase keeps in `<directory>/mail` instead of sending it. */
export function watchMails(
  directory: string,
  { report, signal }: { report: (line: string) => void; signal: AbortSignal },
): void {
  const folder = join(directory, 'mail')
  mkdirSync(folder, { recursive: true, mode: 0o700 })
  const said = new Set<string>()
  const watcher = watch(folder, { signal }, (_event, name) => {
    if (name === null || said.has(name) || !name.endsWith('.json')) return
    const mail = readMail(join(folder, name))
    // Half written: the rest makes another event.
    if (!mail) return
    said.add(name)
    report(`Mail "${mail.subject}": ${mail.link ?? join(folder, name)}`)
  })
  // A system without room for another watch still has the files.
  watcher.on('error', () => undefined)
}

function readMail(path: string) {
  try {
    return mailSchema.safeParse(JSON.parse(readFileSync(path, 'utf8'))).data
  } catch {
    return undefined
  }
}
