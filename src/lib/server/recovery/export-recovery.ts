import type { Json, RecoveryItemState } from '../../domain/recovery/recovery-run.ts'
import { byteOrderMark, writeCsvRow, writeSafeCell } from '../../domain/csv/write-csv.ts'
import type { AsMember, Claims } from '../database/database.ts'
import { listRecoveryItems } from '../database/recovery-runs.ts'

const rowsAtATime = 1000

/** What is written besides the things themselves, in the reader's words. */
export interface ReportWords {
  headers: string[]
  nameState: (state: RecoveryItemState) => string
  describeWhy: (code: string) => string
  readShown: (value: Json) => string
  linkContact: (id: string) => string
  linkConversation: (id: string) => string
}

/** All things of a recovery run with what became of them, as the text of a CSV file, piece by piece. */
export async function* exportRecovery(
  asMember: AsMember,
  claims: Claims,
  workspaceId: string,
  runId: string,
  words: ReportWords,
): AsyncGenerator<string> {
  yield byteOrderMark + writeCsvRow(words.headers.map(writeSafeCell))
  let after = 0
  for (;;) {
    const from = after
    const items = await asMember(claims, (database) =>
      listRecoveryItems(database, workspaceId, runId, { state: null, after: from, limit: rowsAtATime }),
    )
    const last = items.at(-1)
    if (last === undefined) return
    yield items
      .map((item) =>
        writeCsvRow(
          [
            ...[
              String(item.place),
              words.nameState(item.state),
              words.describeWhy(item.outcomeWhy ?? item.why),
            ],
            ...[words.readShown(item.before), words.readShown(item.after)],
            item.contactId === null ? '' : words.linkContact(item.contactId),
            item.conversationId === null ? '' : words.linkConversation(item.conversationId),
          ].map(writeSafeCell),
        ),
      )
      .join('')
    after = last.place
  }
}
