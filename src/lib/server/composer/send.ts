import { sql } from 'kysely'
import type { Send, Template } from '../../domain/composer.ts'
import type { ThreadMessage } from '../../domain/inbox.ts'
import { mediaFileName } from '../../domain/media-file-name.ts'
import type { MessageContent, TemplateContent } from '../../domain/message-content.ts'
import { RuleViolation } from '../../domain/rule-violation.ts'
import { fitsHeader, headerFileKind } from '../../domain/template-parts.ts'
import { listBodyValues, previewTemplate, writeTemplateRequest } from '../../domain/template-preview.ts'
import { claimSignal } from '../database/customer-signals.ts'
import type { Database, JobRequest } from '../database/database.ts'
import { findRootConversationId } from '../database/inbox-list.ts'
import { readMessage } from '../database/inbox-thread.ts'
import { sendMessageJob, type StoredRequest } from '../database/outbox.ts'
import { findTemplate } from '../database/templates.ts'
import { findUpload } from '../database/uploads.ts'
import { correctClock } from './correct-clock.ts'
import { throwRuleViolation } from './composer-errors.ts'

/** Outbox rows as `private.queue_message` takes them. */
interface QueuedMessage {
  type: string
  text: string | null
  content: MessageContent | null
  request: StoredRequest | null
  uploadId?: string
  templateId?: string
}

/** The upload that goes out with a message, to be looked at before it is queued; null where none does. */
export function uploadIdOf(send: Send): string | null {
  if (send.kind === 'media') return send.uploadId
  return send.kind === 'template' ? (send.headerUploadId ?? null) : null
}

/**
 * Puts what a member sends into the outbox, with the jobs that see to it. The same client reference again gives the same
 * message.
 *
 * @throws RuleViolation with one of the codes in src/lib/domain/composer.ts; AnsweredMeanwhile
 */
export async function queueSend(
  database: Database,
  enqueue: (job: JobRequest) => void,
  workspaceId: string,
  conversationId: string,
  send: Send,
): Promise<ThreadMessage> {
  const written = await write(database, workspaceId, send)
  const message = {
    ...written,
    replyToMessageId: send.replyToMessageId ?? null,
    addressId: send.addressId ?? null,
    sendAt: send.sendAt ?? null,
    undoSeconds: send.undoSeconds,
    answeredSince: correctClock(send.answeredSince ?? null, send.askedAt ?? null)?.toISOString() ?? null,
    evenSo: send.evenSo,
  }
  const { rows } = await sql<{ id: string; conversation_id: string; state: string; due_in_ms: number }>`
    select q.id, q.conversation_id, q.send_state as state,
      extract(epoch from q.send_due_at - clock_timestamp())::float8 * 1000 as due_in_ms
    from private.queue_message(
      ${workspaceId}, ${conversationId}, ${send.clientReference}, ${JSON.stringify(message)}::jsonb
    ) as q
  `
    .execute(database)
    .catch(throwRuleViolation)
  const [row] = rows
  // Sent before, it may be shown elsewhere by now.
  const rootId = await findRootConversationId(database, workspaceId, row?.conversation_id ?? conversationId)
  if (row === undefined || rootId === undefined) throw new Error('the message is not where it was put')
  if (row.state === 'waiting') {
    const thread = { workspaceId, conversationId: row.conversation_id }
    const isLater = typeof send.sendAt === 'string'
    // Two for what can be undone: at its time, and at once, so that a worker is already waiting for that time.
    if (row.due_in_ms > 0) enqueue(sendMessageJob(thread, row.due_in_ms))
    if (!isLater) {
      enqueue(sendMessageJob(thread))
      for (const job of await claimSignal(database, thread, 'on_reply')) enqueue(job)
    }
  }
  const shown = await readMessage(database, workspaceId, rootId, row.id)
  if (shown === undefined) throw new Error('the message is not where it was put')
  return shown
}

function write(database: Database, workspaceId: string, send: Send): Promise<QueuedMessage> | QueuedMessage {
  switch (send.kind) {
    case 'text':
      return { type: 'text', text: send.text, content: null, request: null }
    case 'media':
      return writeMedia(database, workspaceId, send)
    case 'template':
      return writeTemplate(database, workspaceId, send)
  }
}

async function writeMedia(
  database: Database,
  workspaceId: string,
  send: Extract<Send, { kind: 'media' }>,
): Promise<QueuedMessage> {
  const upload = await findUpload(database, workspaceId, send.uploadId)
  if (upload === undefined) throw new RuleViolation('upload_not_found', 'This file does not exist.')
  const caption = send.caption?.trim() ? send.caption : null
  if (upload.kind === 'audio' && caption !== null) {
    throw new RuleViolation('no_caption', 'WhatsApp takes no words with a sound.')
  }
  // A recording leaves as OGG.
  const mimeType = upload.mimeType === 'audio/webm' ? 'audio/ogg' : upload.mimeType
  const isVoice = send.isVoice && upload.kind === 'audio' && mimeType === 'audio/ogg'
  return {
    type: upload.kind,
    text: caption,
    content: {
      kind: upload.kind,
      mimeType,
      fileName: upload.kind === 'audio' ? null : mediaFileName(upload.fileName, upload.kind, mimeType),
      byteSize: upload.byteSize,
      isVoice: send.isVoice && upload.kind === 'audio',
      isAnimated: false,
      transcript: null,
    },
    request: isVoice ? { isVoice } : null,
    uploadId: upload.id,
  }
}

async function writeTemplate(
  database: Database,
  workspaceId: string,
  send: Extract<Send, { kind: 'template' }>,
): Promise<QueuedMessage> {
  const template = await findTemplate(database, workspaceId, send.templateId)
  if (template === undefined) {
    throw new RuleViolation('template_not_found', 'This template does not exist any more.')
  }
  if (template.unavailable === 'not_supported') {
    throw new RuleViolation('template_not_supported', 'This template needs more than can be filled in here.')
  }
  if (template.unavailable !== null) {
    throw new RuleViolation(
      'template_unavailable',
      'WhatsApp has paused, disabled or not approved this template.',
    )
  }
  const { header, body, footer, buttons, missing, invalid } = previewTemplate(template, send.parameters)
  if (missing.length > 0) {
    throw new RuleViolation('parameter_missing', `Nothing was filled in for ${missing.join(', ')}.`)
  }
  if (invalid.length > 0) {
    throw new RuleViolation('parameter_invalid', `WhatsApp does not take the value of ${invalid.join(', ')}.`)
  }
  const file = await findHeaderFile(database, workspaceId, template, send.headerUploadId ?? null)
  return {
    type: 'template',
    text: body,
    content: {
      kind: 'template',
      name: template.name,
      language: template.language,
      parameters: listBodyValues(template, send.parameters),
      header,
      footer,
      buttons: buttons.map(({ label }) => label),
      ...(file === null ? {} : { headerFile: file.content }),
    },
    request: {
      templateId: template.id,
      template: writeTemplateRequest(template, send.parameters),
      ...(file === null ? {} : { headerKind: file.content.kind }),
    },
    ...(file === null ? {} : { uploadId: file.uploadId }),
    templateId: template.id,
  }
}

/** The file that a template begins with; null where it begins with none. */
async function findHeaderFile(
  database: Database,
  workspaceId: string,
  template: Template,
  uploadId: string | null,
): Promise<{ uploadId: string; content: NonNullable<TemplateContent['headerFile']> } | null> {
  const kind = headerFileKind(template)
  if (kind === null && uploadId === null) return null
  if (uploadId === null) {
    throw new RuleViolation('header_file_missing', `This template begins with a file: ${String(kind)}.`)
  }
  const upload = await findUpload(database, workspaceId, uploadId)
  if (upload === undefined) throw new RuleViolation('upload_not_found', 'This file does not exist.')
  if (kind === null || !fitsHeader(kind, upload)) {
    throw new RuleViolation('header_file_kind', 'This template begins with something else than this file.')
  }
  const { id, mimeType, byteSize } = upload
  const fileName = mediaFileName(upload.fileName, kind, mimeType)
  return {
    uploadId: id,
    content: { kind, mimeType, fileName, byteSize, isVoice: false, isAnimated: false, transcript: null },
  }
}

/**
 * Takes back what a member sent and what has not left, and has the outbox look at what waited behind it.
 *
 * @throws RuleViolation `left` or `not_found`
 */
export async function takeBack(
  database: Database,
  enqueue: (job: JobRequest) => void,
  workspaceId: string,
  conversationId: string,
  messageId: string,
): Promise<void> {
  // A thread that stands for several accounts has an outbox for each.
  const message = await database
    .selectFrom('messages')
    .select('conversation_id')
    .where('workspace_id', '=', workspaceId)
    .where('id', '=', messageId)
    .executeTakeFirst()
  await sql`select private.take_back_message(${workspaceId}, ${conversationId}, ${messageId})`
    .execute(database)
    .catch(throwRuleViolation)
  enqueue(sendMessageJob({ workspaceId, conversationId: message?.conversation_id ?? conversationId }))
}

/**
 * Puts a member's reaction into the outbox; answers the message as it is shown now.
 *
 * @throws RuleViolation `not_found`, `window_closed`, `cannot_react`
 */
export async function queueReaction(
  database: Database,
  enqueue: (job: JobRequest) => void,
  workspaceId: string,
  conversationId: string,
  { messageId, emoji }: { messageId: string; emoji: string | null },
): Promise<ThreadMessage> {
  const { rows } = await sql<{ is_due: boolean; address_id: string | null }>`
    with queued as materialized (
      select private.queue_reaction(${workspaceId}, ${conversationId}, ${messageId}, ${emoji}) as is_due
    )
    select q.is_due, private.find_home(m.workspace_id, m.conversation_id) as address_id
    from queued q
    left join public.messages m on m.workspace_id = ${workspaceId} and m.id = ${messageId}
  `
    .execute(database)
    .catch(throwRuleViolation)
  const rootId = await findRootConversationId(database, workspaceId, conversationId)
  if (rootId === undefined) throw new Error('the conversation is gone')
  if (rows[0]?.is_due === true)
    enqueue(sendMessageJob({ workspaceId, conversationId: rows[0].address_id ?? rootId }))
  const message = await readMessage(database, workspaceId, rootId, messageId)
  if (message === undefined) throw new Error('the message is gone')
  return message
}
