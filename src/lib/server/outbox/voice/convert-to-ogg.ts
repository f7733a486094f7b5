import { createReadStream } from 'node:fs'
import { writeFile } from 'node:fs/promises'
import { MediaFailure } from '../../media/media-failure.ts'

/** Longer than anybody speaks; a file that claims more is none. */
const mostPackets = 1_000_000

/**
 * Puts the sound of a browser's recording (Opus in WebM) into an OGG file, which is what WhatsApp takes as a voice note.
 * The sound itself stays as it is; only what it is wrapped in changes.
 *
 * @throws MediaFailure `wrong_type` when there is no such sound in it
 */
export async function convertToOgg(fromFile: string, toFile: string): Promise<void> {
  // Loaded with the first recording: most workers never meet one.
  const {
    ALL_FORMATS,
    BlobSource,
    BufferTarget,
    EncodedAudioPacketSource,
    EncodedPacketSink,
    Input,
    OggOutputFormat,
    Output,
  } = await import('mediabunny')
  const input = new Input({ formats: ALL_FORMATS, source: new BlobSource(await readAsBlob(fromFile)) })
  const target = new BufferTarget()
  try {
    const track = await input.getPrimaryAudioTrack()
    if (track?.codec !== 'opus') throw new MediaFailure('refused', 'wrong_type')
    const output = new Output({ format: new OggOutputFormat(), target })
    const source = new EncodedAudioPacketSource('opus')
    output.addAudioTrack(source)
    await output.start()
    const config = await track.getDecoderConfig()
    if (config === null) throw new MediaFailure('refused', 'wrong_type')
    const decoderConfig = { ...config, numberOfChannels: 1, description: makeMono(config.description) }
    let count = 0
    for await (const packet of new EncodedPacketSink(track).packets()) {
      if (++count > mostPackets) throw new MediaFailure('refused', 'too_large')
      await source.add(packet, { decoderConfig })
    }
    if (count === 0) throw new MediaFailure('refused', 'empty')
    await output.finalize()
  } catch (error) {
    // The library speaks of the file's bytes; what it says is not for the log.
    throw error instanceof MediaFailure ? error : new MediaFailure('refused', 'wrong_type')
  } finally {
    input.dispose()
  }
  if (target.buffer === null) throw new MediaFailure('refused', 'wrong_type')
  await writeFile(toFile, new Uint8Array(target.buffer))
}

/**
 * The head of the sound (RFC 7845, 5.1) with one channel: WhatsApp takes no others as voice notes. Whatever plays it mixes
 * packets of two channels into one by itself.
 */
function makeMono(description: AllowSharedBufferSource | undefined): Uint8Array {
  const given =
    description === undefined
      ? Buffer.alloc(0)
      : ArrayBuffer.isView(description)
        ? Buffer.from(description.buffer, description.byteOffset, description.byteLength)
        : Buffer.from(description)
  const head = Buffer.from(given.subarray(0, 19))
  const isSimple = head.length === 19 && head.toString('latin1', 0, 8) === 'OpusHead' && head[18] === 0
  if (!isSimple) throw new MediaFailure('refused', 'wrong_type')
  head[9] = 1
  return head
}

async function readAsBlob(path: string): Promise<Blob> {
  const chunks: Buffer<ArrayBuffer>[] = []
  for await (const chunk of createReadStream(path) as AsyncIterable<Buffer<ArrayBuffer>>) chunks.push(chunk)
  return new Blob(chunks)
}
