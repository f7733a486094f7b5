import type { ThreadMessage } from '#lib/domain/inbox.ts'
import type { UploadKind } from '#lib/domain/upload-rules.ts'
import type { ComposerApi } from './composer-api.ts'
import type { KeptAttachments } from './composer-attachments-kept.ts'
import { Attachment, attachFile, attachStored } from './composer-attachments.svelte.ts'
import { writeNow } from './composer-now.ts'
import { type FilledTemplate, type SendLook, type SendOrder, quoteOf, textLook } from './composer-order.ts'
import type { ThreadState } from './thread-state.svelte.ts'

export interface ComposerStateOptions {
  api: Pick<ComposerApi, 'createUpload' | 'fetchUploads'>
  kept: Pick<KeptAttachments, 'read' | 'write'>
  /** Files that were attached before a reload are there no more. */
  onGone: (names: string[]) => void
  send: (order: SendOrder, look: SendLook) => void
}

/** What is being written in one conversation, besides the words; those are the thread's `draft`. */
export class ComposerState {
  readonly conversationId: string
  tab = $state<'reply' | 'note'>('reply')
  attachments = $state.raw<Attachment[]>([])
  /** When it is to leave, ISO 8601; null is at once. */
  sendAt = $state<string | null>(null)
  /** The thread whose account is written to; null is the server's choice. */
  addressId = $state<string | null>(null)
  /** The account that the writer chose, or began to write to, where there are several. */
  addressChoice = $state<string | null>(null)
  /** The server held the last send back because somebody answered. */
  refusedBy = $state.raw<{ by: string | null } | null>(null)
  /** It was to be sent while files were still on their way: it leaves when they are there. */
  isSendAsked = $state(false)
  /** When writing began, and the moment of the last message then. */
  #begun = $state.raw<{ at: string; after: string } | null>(null)
  readonly #options: ComposerStateOptions
  #isRestored = false

  constructor(conversationId: string, options: ComposerStateOptions) {
    this.conversationId = conversationId
    this.#options = options
  }

  get isUploading(): boolean {
    return this.attachments.some(({ state }) => state === 'uploading')
  }

  get hasBrokenFiles(): boolean {
    return this.attachments.some(({ state }) => state === 'failed' || state === 'refused')
  }

  /** The file whose caption is written in the text box: the only one. */
  get captioned(): Attachment | null {
    const [only, ...others] = this.attachments
    return only && others.length === 0 && only.takesCaption ? only : null
  }

  attach(files: Iterable<File>, isVoice = false): void {
    for (const file of files) {
      const attachment = attachFile(file, isVoice)
      this.attachments = [...this.attachments, attachment]
      this.upload(attachment)
    }
  }

  /** A file that the Storage has already: of a saved reply, or of a send that was taken back. */
  attachUploaded(uploadId: string, look: SendLook, isVoice = false): void {
    const content = look.content && 'fileName' in look.content ? look.content : null
    if (!content || this.attachments.some((attachment) => attachment.uploadId === uploadId)) return
    const source = {
      name: content.fileName ?? '',
      byteSize: content.byteSize ?? 0,
      mimeType: content.mimeType ?? '',
      kind: content.kind as UploadKind,
    }
    this.attachments = [...this.attachments, new Attachment(source, { uploadId, isVoice })]
    this.keepFiles()
  }

  /** The file of a saved reply. */
  attachStored(file: { id: string; fileName: string; mimeType: string; byteSize: number }): void {
    if (this.attachments.some(({ uploadId }) => uploadId === file.id)) return
    this.attachments = [...this.attachments, attachStored(file)]
    this.keepFiles()
  }

  upload(attachment: Attachment): void {
    void attachment
      .upload((file) => this.#options.api.createUpload(this.conversationId, file))
      .then(() => {
        this.keepFiles()
      })
  }

  /** To be called whenever captions may have changed and the page is left; else it happens by itself. */
  keepFiles(): void {
    if (!this.#isRestored && this.attachments.length === 0) return
    // What is kept from before and was not put back yet must not be lost by this.
    if (!this.#isRestored) void this.restoreFiles()
    this.#options.kept.write(this.conversationId, this.attachments)
  }

  /**
   * Puts back what was uploaded before a reload and not sent: at once, and away again where the server says that it is
   * there no more. Once; browser only.
   */
  async restoreFiles(): Promise<void> {
    if (this.#isRestored) return
    this.#isRestored = true
    const restored = this.#options.kept
      .read(this.conversationId)
      .filter(({ uploadId }) => !this.attachments.some((known) => known.uploadId === uploadId))
      .map(({ uploadId, isVoice, caption, ...source }) => {
        const attachment = new Attachment(source, { uploadId, isVoice })
        attachment.caption = caption
        return attachment
      })
    if (restored.length === 0) return
    this.attachments = [...restored, ...this.attachments]
    const ids = restored.flatMap(({ uploadId }) => uploadId ?? [])
    // Where the server is out of reach it is asked again by sending.
    const there = await this.#options.api.fetchUploads(this.conversationId, ids).catch(() => ids)
    const gone = restored.filter(
      (attachment) => this.attachments.includes(attachment) && !there.includes(attachment.uploadId ?? ''),
    )
    for (const attachment of gone) this.remove(attachment)
    if (gone.length > 0) this.#options.onGone(gone.map(({ name }) => name))
  }

  remove(attachment: Attachment): void {
    attachment.discard()
    this.attachments = this.attachments.filter(({ id }) => id !== attachment.id)
    if (this.attachments.length === 0) this.isSendAsked = false
    this.keepFiles()
  }

  /** To be told whenever there is something written; remembers since when. */
  noteWriting(isWriting: boolean, thread: ThreadState): void {
    if (isWriting === (this.#begun !== null)) return
    this.#begun = isWriting ? beginNow(thread) : null
  }

  /** What a colleague wrote to the customer since writing began here. */
  answerSince(thread: ThreadState, ownName: string): ThreadMessage | null {
    return this.#begun === null ? null : thread.answeredSince(this.#begun.after, ownName)
  }

  /** What was answered is seen: writing begins anew from here. */
  acknowledge(thread: ThreadState): void {
    this.refusedBy = null
    this.#begun = beginNow(thread)
  }

  /**
   * The server kept a send back: somebody answered.
   * @param by null is somebody unknown, or outside of my21staff
   * @param since when the send was being written
   */
  hold(by: string | null, since: string): void {
    this.refusedBy = { by }
    this.#begun = { at: writeNow(), after: since }
  }

  /**
   * Sends what is written and attached, in this order: files, the first with the caption; then the text.
   * @returns whether anything was sent; not while files are on their way, then it follows
   */
  send(thread: ThreadState, evenSo = false): boolean {
    if (this.hasBrokenFiles) return false
    if (this.isUploading) {
      this.isSendAsked = true
      return false
    }
    this.isSendAsked = false
    const text = thread.draft.trim()
    const shared = {
      sendAt: this.sendAt,
      answeredSince: this.#begun?.at ?? null,
      evenSo,
      ...this.#to(),
    }
    let quoted = thread.replyTo ? quoteOf(thread.replyTo) : null
    const send = (order: SendOrder, look: SendLook) => {
      const reply = quoted ? { replyToMessageId: quoted.messageId } : {}
      this.#options.send({ ...order, ...shared, ...reply }, { ...look, quoted })
      quoted = null
    }
    const { captioned, attachments } = this
    for (const attachment of attachments) {
      const caption = (attachment === captioned ? text : attachment.caption).trim()
      send(attachment.order(caption), attachment.look(caption))
      attachment.discard()
    }
    if (text !== '' && captioned === null) send({ kind: 'text', text }, textLook(text))
    this.#clear(thread)
    return true
  }

  /** Sends a template; what is being written stays. */
  sendTemplate(template: FilledTemplate, look: SendLook): void {
    this.#options.send({ kind: 'template', ...template, ...this.#to() }, look)
  }

  #to(): { addressId?: string } {
    return this.addressId === null ? {} : { addressId: this.addressId }
  }

  #clear(thread: ThreadState): void {
    this.attachments = []
    this.keepFiles()
    this.sendAt = null
    this.refusedBy = null
    this.#begun = null
    thread.draft = ''
    thread.replyTo = null
    thread.refusal = null
  }
}

function beginNow(thread: ThreadState): { at: string; after: string } {
  return { at: writeNow(), after: thread.writingStartsAt }
}
