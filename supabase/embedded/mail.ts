import { randomBytes } from 'node:crypto'
import { mkdir, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import type { EmailDriver } from '@supabase/lite'
import type { Log } from './log.ts'

/** One mail as it is kept: `<directory>/mail/<time>-<random>.json`. */
export interface KeptMail {
  to: string
  subject: string
  sentAt: string
  /** Where the mail wants its reader to go. */
  link: string | undefined
  html: string | undefined
}

/** Instead of sending mails, keeps them as files and says their link. */
export function keepMails(directory: string, log: Log): EmailDriver {
  const folder = join(directory, 'mail')
  return {
    async send({ to, subject, html }) {
      const sentAt = new Date().toISOString()
      const link = findLink(html)
      const mail: KeptMail = { to, subject, sentAt, link, html }
      await mkdir(folder, { recursive: true, mode: 0o700 })
      const name = `${sentAt.replaceAll(':', '-')}-${randomBytes(3).toString('hex')}.json`
      await writeFile(join(folder, name), `${JSON.stringify(mail, undefined, 2)}\n`, { mode: 0o600 })
      log(`Mail "${subject}": ${link ?? join(folder, name)}`)
    },
  }
}

function findLink(html: string | undefined) {
  return html && /href="([^"]+)"/.exec(html)?.[1]?.replaceAll('&amp;', '&')
}
