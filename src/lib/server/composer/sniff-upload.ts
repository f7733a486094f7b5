import { open } from 'node:fs/promises'
import { fileTypeFromBuffer } from 'file-type'
import { sniffType } from '../media/file-type.ts'

/** What a whole file is, as its bytes tell; text that is nothing else is `text/plain`. */
export async function sniffUpload(path: string): Promise<string> {
  const known = await sniffType(path)
  if (known !== 'application/octet-stream') return known
  const file = await open(path)
  try {
    const { buffer, bytesRead } = await file.read(Buffer.alloc(64 * 1024))
    return isText(buffer.subarray(0, bytesRead)) ? 'text/plain' : known
  } finally {
    await file.close()
  }
}

/** The same of a file's beginning. */
export async function sniffBeginning(beginning: Buffer): Promise<string> {
  const known = await fileTypeFromBuffer(beginning)
  if (known !== undefined) return known.mime.replace(/;.*$/, '')
  return isText(beginning) ? 'text/plain' : 'application/octet-stream'
}

/** Text has no control characters but those that move on the page, in UTF-8 as well as in one byte a letter. */
function isText(bytes: Buffer): boolean {
  return bytes.length > 0 && !bytes.some((byte) => byte < 0x20 && ![0x09, 0x0a, 0x0c, 0x0d].includes(byte))
}
