import { z } from 'zod'
import { completeDownload } from './complete-download.ts'

type Forward = (request: Request) => Promise<Response>

const prefix = '/storage/v1'

const signed = z.object({ signedUrl: z.string() })
const signedUpload = signed.extend({ token: z.string() })
const signMany = z.object({ expiresIn: z.number(), paths: z.array(z.string()) })
const uploaded = z.object({ Key: z.string() })

/**
 * Storage requests that sign addresses or come with a signed address, in the form of hosted Storage, which
 * @supabase/storage-js speaks. @supabase/lite 0.10 names the fields otherwise, does not find its own way to sign
 * several paths, stores a form upload with its form around it, takes an invalid token for an error of its own, and knows
 * neither names for saving nor pieces of a file.
 */
export async function answerSignedStorage(request: Request, forward: Forward): Promise<Response> {
  const { pathname } = new URL(request.url)
  const [, action, bucket, path] =
    /^\/storage\/v1\/object\/((?:upload\/)?sign)\/([^/]+)\/?(.*)$/.exec(pathname) ?? []
  if (!action || !bucket) return forward(request)

  if (request.method === 'POST') {
    if (action === 'upload/sign') return signUpload(await forward(request))
    return path ? signDownload(await forward(request)) : signDownloads(request, forward)
  }
  const isUpload = action === 'upload/sign' && request.method === 'PUT'
  const response = await forward(isUpload ? await unpackForm(request) : request)
  if (response.status === 500) return refuseToken(response)
  if (action === 'sign' && request.method === 'GET') return completeDownload(request, response)
  if (!isUpload || !response.ok) return response
  const { Key } = uploaded.parse(await response.json())
  return answer(response, { Key: `${decodeURIComponent(bucket)}/${Key}` })
}

async function signUpload(response: Response): Promise<Response> {
  if (!response.ok) return response
  const { signedUrl, token } = signedUpload.parse(await response.json())
  return answer(response, { url: withoutPrefix(signedUrl), token })
}

async function signDownload(response: Response): Promise<Response> {
  if (!response.ok) return response
  const { signedUrl } = signed.parse(await response.json())
  return answer(response, { signedURL: withoutPrefix(signedUrl) })
}

async function signDownloads(request: Request, forward: Forward): Promise<Response> {
  const asked = signMany.safeParse(await request.json().catch(() => undefined))
  if (!asked.success) {
    const message = 'body must have a number "expiresIn" and an array of strings "paths"'
    return Response.json({ statusCode: '400', error: 'Error', message }, { status: 400 })
  }
  const { expiresIn, paths } = asked.data
  const headers = new Headers(request.headers)
  headers.delete('content-length')
  const signOne = async (path: string) => {
    const url = `${request.url.replace(/\/$/, '')}/${path.split('/').map(encodeURIComponent).join('/')}`
    const response = await forward(
      new Request(url, { method: 'POST', headers, body: JSON.stringify({ expiresIn }) }),
    )
    if (!response.ok) {
      return {
        error: 'Either the object does not exist or you do not have access to it',
        path,
        signedURL: null,
      }
    }
    return { error: null, path, signedURL: withoutPrefix(signed.parse(await response.json()).signedUrl) }
  }
  return Response.json(await Promise.all(paths.map(signOne)), {
    headers: { 'access-control-allow-origin': '*' },
  })
}

/** Browsers send a file as a form with one file in it. */
async function unpackForm(request: Request): Promise<Request> {
  if (!request.headers.get('content-type')?.startsWith('multipart/form-data')) return request
  const form = await request.formData()
  const file = [...form.values()].find((value) => value instanceof Blob)
  if (!file) return new Request(request.url, { method: request.method, headers: request.headers })
  const headers = new Headers(request.headers)
  headers.set('content-type', file.type || 'application/octet-stream')
  headers.set('content-length', String(file.size))
  return new Request(request.url, { method: request.method, headers, body: await file.arrayBuffer() })
}

function withoutPrefix(url: string) {
  return url.startsWith(prefix) ? url.slice(prefix.length) : url
}

function refuseToken(response: Response): Response {
  const message = 'The signed address is invalid or has expired'
  return answer(response, { statusCode: '400', error: 'InvalidJWT', message }, 400)
}

function answer(response: Response, body: unknown, status = response.status): Response {
  const headers = new Headers(response.headers)
  headers.delete('content-length')
  return Response.json(body, { status, headers })
}
