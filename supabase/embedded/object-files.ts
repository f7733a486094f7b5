import { createHash, randomBytes } from 'node:crypto'
import { createReadStream } from 'node:fs'
import { copyFile, mkdir, open, readFile, rename, rm, writeFile } from 'node:fs/promises'
import { dirname, join } from 'node:path'
import { Readable } from 'node:stream'
import { pathToFileURL } from 'node:url'
import type { App } from '@supabase/lite'
import { z } from 'zod'

type StorageAdapter = NonNullable<App['_storageAdapter']>
type ObjectMetadata = Awaited<ReturnType<StorageAdapter['headObject']>>
type Body = Parameters<StorageAdapter['uploadObject']>[3]

const describedSchema = z.object({
  mimetype: z.string(),
  cacheControl: z.string(),
  size: z.number(),
  eTag: z.string(),
  lastModified: z.coerce.date(),
})

/**
 * Keeps the bytes of stored objects as files below `directory`, with what is known of them in a `.json` beside. Files
 * are named by a hash, so that no key can lead out of the directory or stand in another's way.
 *
 * @supabase/lite has such an adapter, but exports it to its own command line only.
 */
export function keepObjectsAsFiles(directory: string): StorageAdapter {
  const fileOf = (bucket: string, key: string) => {
    const hash = createHash('sha256').update(`${bucket}\0${key}`).digest('hex')
    return join(directory, hash.slice(0, 2), hash)
  }
  const describe = async (bucket: string, key: string): Promise<ObjectMetadata> => {
    const known = describedSchema.parse(JSON.parse(await readFile(`${fileOf(bucket, key)}.json`, 'utf8')))
    return { ...known, contentLength: known.size }
  }
  const remove = async (bucket: string, key: string) => {
    await rm(fileOf(bucket, key), { force: true })
    await rm(`${fileOf(bucket, key)}.json`, { force: true })
  }

  return {
    driver: undefined,

    async getObject(bucket, key, _version, headers) {
      const metadata = await describe(bucket, key)
      if (headers?.ifNoneMatch === metadata.eTag) return { httpStatusCode: 304, metadata }
      return { httpStatusCode: 200, metadata, body: Readable.toWeb(createReadStream(fileOf(bucket, key))) }
    },

    async uploadObject(bucket, key, _version, body, mimetype, cacheControl) {
      const file = fileOf(bucket, key)
      const { size, eTag } = await writeBody(file, body)
      const known = { mimetype, cacheControl, size, eTag, lastModified: new Date() }
      await writeFile(`${file}.json`, JSON.stringify(known))
      return { ...known, contentLength: size, httpStatusCode: 200 }
    },

    deleteObject: remove,

    async deleteObjects(bucket, keys) {
      for (const key of keys) await remove(bucket, key)
    },

    async copyObject(sourceBucket, source, _version, bucket, destination) {
      const target = fileOf(bucket, destination)
      await mkdir(dirname(target), { recursive: true })
      await copyFile(fileOf(sourceBucket, source), target)
      const known = { ...(await describe(sourceBucket, source)), lastModified: new Date() }
      await writeFile(`${target}.json`, JSON.stringify(known))
      return { httpStatusCode: 200, eTag: known.eTag, lastModified: known.lastModified }
    },

    headObject: describe,

    privateAssetUrl: (bucket, key) => Promise.resolve(pathToFileURL(fileOf(bucket, key)).href),
  }
}

/** Writes beside the target first: an upload that breaks off leaves what was there. */
async function writeBody(target: string, body: Body): Promise<{ size: number; eTag: string }> {
  await mkdir(dirname(target), { recursive: true, mode: 0o700 })
  const unfinished = `${target}.${randomBytes(4).toString('hex')}`
  const hash = createHash('md5')
  let size = 0
  const file = await open(unfinished, 'w', 0o600)
  try {
    for await (const chunk of body instanceof Uint8Array ? [body] : readChunks(body)) {
      hash.update(chunk)
      size += chunk.byteLength
      await file.writeFile(chunk)
    }
    await file.sync()
  } catch (error) {
    await rm(unfinished, { force: true })
    throw error
  } finally {
    await file.close()
  }
  await rename(unfinished, target)
  return { size, eTag: `"${hash.digest('hex')}"` }
}

async function* readChunks(body: Exclude<Body, Uint8Array>): AsyncGenerator<Uint8Array> {
  const reader = body.getReader()
  for (let next = await reader.read(); !next.done; next = await reader.read()) {
    yield z.instanceof(Uint8Array).parse(next.value)
  }
}
