/**
 * What hosted Storage does for a download and @supabase/lite 0.10 leaves out: `?download=name` has the file saved under
 * that name, and `Range` asks for a piece of it, without which sound and film cannot be wound.
 *
 * @param response the whole file, or a refusal, which stays as it is
 */
export function completeDownload(request: Request, response: Response): Response {
  if (response.status !== 200 || response.body === null) return response
  const headers = new Headers(response.headers)
  const name = new URL(request.url).searchParams.get('download')
  if (name !== null) headers.set('content-disposition', describeAttachment(name))

  const size = Number(headers.get('content-length'))
  const range = readRange(request.headers.get('range'), size)
  if (range === null) return new Response(response.body, { headers })
  if (range === 'unsatisfiable') {
    void response.body.cancel()
    return new Response(null, { status: 416, headers: { 'content-range': `bytes */${String(size)}` } })
  }
  headers.set('content-range', `bytes ${String(range.first)}-${String(range.last)}/${String(size)}`)
  headers.set('content-length', String(range.last - range.first + 1))
  return new Response(response.body.pipeThrough(cut(range)), { status: 206, headers })
}

function describeAttachment(name: string): string {
  if (name === '') return 'attachment'
  const encoded = encodeURIComponent(name).replace(/['()*]/g, (sign) => `%${sign.charCodeAt(0).toString(16)}`)
  return `attachment; filename=${encoded}; filename*=UTF-8''${encoded};`
}

interface Range {
  first: number
  /** Included. */
  last: number
}

/** One range of bytes (RFC 9110, 14.1.2). Several at once, or what cannot be read, count as none. */
function readRange(header: string | null, size: number): Range | 'unsatisfiable' | null {
  const [, from, to] = /^bytes=(\d*)-(\d*)$/.exec(header ?? '') ?? []
  if (from === undefined || to === undefined || (from === '' && to === '') || !(size > 0)) return null
  const first = from === '' ? Math.max(0, size - Number(to)) : Number(from)
  const last = from === '' || to === '' ? size - 1 : Math.min(Number(to), size - 1)
  return first >= size || first > last ? 'unsatisfiable' : { first, last }
}

function cut({ first, last }: Range): TransformStream<Uint8Array, Uint8Array> {
  let position = 0
  return new TransformStream({
    transform(chunk, controller) {
      const piece = chunk.subarray(Math.max(0, first - position), Math.max(0, last + 1 - position))
      position += chunk.length
      if (piece.length > 0) controller.enqueue(piece)
      if (position > last) controller.terminate()
    },
  })
}
