import type { Upload, UploadRequest } from '#lib/domain/composer.ts'
import { mediaByteLimits } from '#lib/domain/media.ts'
import { type UploadKind, type UploadVerdict, judgeUpload } from '#lib/domain/upload-rules.ts'
import { m } from '#lib/i18n/generated/messages.js'
import { RequestFailed } from '#lib/realtime/inbox-api.ts'
import type { SendLook, SendOrder } from './composer-order.ts'
import { putFile } from './composer-upload.ts'
import { createReference } from './create-reference.ts'

/** A file that is to be sent: on its way to the Storage, there, or not to be had there. */
export class Attachment {
  readonly id = createReference()
  readonly name: string
  readonly byteSize: number
  readonly kind: UploadKind
  readonly mimeType: string
  readonly isVoice: boolean
  /** Where the browser shows it from; null for what cannot be shown and for files of saved replies. */
  readonly previewUrl: string | null
  caption = $state('')
  /** From 0 to 1. */
  progress = $state(0)
  state = $state<'uploading' | 'ready' | 'failed' | 'refused'>('uploading')
  /** Why it is not there, in the reader's words. */
  problem = $state<string | null>(null)
  uploadId: string | null = null
  readonly file: File | null
  #abort = new AbortController()

  constructor(
    source: { name: string; byteSize: number; mimeType: string; kind: UploadKind },
    options: { file?: File; uploadId?: string; isVoice?: boolean } = {},
  ) {
    this.name = source.name
    this.byteSize = source.byteSize
    this.kind = source.kind
    this.mimeType = source.mimeType
    this.isVoice = options.isVoice ?? false
    this.file = options.file ?? null
    this.previewUrl = this.file && source.kind !== 'document' ? URL.createObjectURL(this.file) : null
    if (options.uploadId !== undefined) {
      this.uploadId = options.uploadId
      this.state = 'ready'
      this.progress = 1
    }
  }

  get takesCaption(): boolean {
    return this.kind !== 'audio'
  }

  /** Brings the file to the Storage, or tries once more. Its `state` tells what came of it. */
  async upload(create: (request: UploadRequest) => Promise<Upload>): Promise<void> {
    if (!this.file || this.state === 'ready' || this.state === 'refused') return
    this.#abort = new AbortController()
    const { signal } = this.#abort
    this.state = 'uploading'
    this.problem = null
    this.progress = 0
    try {
      const upload = await create({ fileName: this.name, mimeType: this.mimeType, byteSize: this.byteSize })
      const follow = (part: number) => (this.progress = part)
      await putFile(upload, this.file, follow, signal)
      this.uploadId = upload.uploadId
      this.progress = 1
      this.state = 'ready'
    } catch (failure) {
      if (signal.aborted) return
      const isRefused = failure instanceof RequestFailed && failure.kind === 'refused'
      this.state = isRefused ? 'refused' : 'failed'
      this.problem = isRefused && failure.message !== '' ? failure.message : m.composer_upload_failed()
    }
  }

  /** Stops an upload that is under way, and lets the picture go. */
  discard(): void {
    this.#abort.abort()
    if (this.previewUrl !== null) URL.revokeObjectURL(this.previewUrl)
  }

  order(caption: string): SendOrder {
    return {
      kind: 'media',
      uploadId: this.uploadId ?? '',
      isVoice: this.isVoice,
      ...(this.takesCaption && caption !== '' ? { caption } : {}),
    }
  }

  look(caption: string): SendLook {
    return {
      type: this.kind,
      text: this.takesCaption && caption !== '' ? caption : null,
      content: {
        kind: this.kind,
        mimeType: this.mimeType,
        fileName: this.name,
        byteSize: this.byteSize,
        isVoice: this.isVoice,
        isAnimated: false,
        transcript: null,
      },
      quoted: null,
    }
  }
}

/** Makes an attachment of a chosen file. One that WhatsApp would not take is refused at once, with the reason. */
export function attachFile(file: File, isVoice = false): Attachment {
  const verdict = judgeUpload({ fileName: file.name, mimeType: file.type, byteSize: file.size })
  const attachment = new Attachment(
    {
      name: file.name || m.composer_unnamed_file(),
      byteSize: file.size,
      mimeType: verdict.isAccepted ? verdict.mimeType : file.type,
      kind: verdict.isAccepted ? verdict.kind : 'document',
    },
    { file, isVoice },
  )
  if (!verdict.isAccepted) {
    attachment.state = 'refused'
    attachment.problem = explainRefusal(verdict)
  }
  return attachment
}

/** A file that the Storage has already, as an attachment. */
export function attachStored(file: {
  id: string
  fileName: string
  mimeType: string
  byteSize: number
}): Attachment {
  const { id, fileName, mimeType, byteSize } = file
  const verdict = judgeUpload({ fileName, mimeType, byteSize })
  const kind = verdict.isAccepted ? verdict.kind : 'document'
  return new Attachment({ name: fileName, byteSize, mimeType, kind }, { uploadId: id })
}

function explainRefusal({ code, limit }: Extract<UploadVerdict, { isAccepted: false }>): string {
  if (code === 'empty_file') return m.composer_file_empty()
  if (code === 'file_type') return m.composer_file_type()
  const words = {
    [mediaByteLimits.image]: m.composer_image_too_large,
    [mediaByteLimits.audio]: m.composer_sound_too_large,
    [mediaByteLimits.document]: m.composer_document_too_large,
  }
  const say = words[limit ?? 0] ?? m.composer_document_too_large
  return say({ limit: String(Math.round((limit ?? 0) / (1024 * 1024))) })
}
