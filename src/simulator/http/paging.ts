import type { ApiResponse } from './exchange.ts'

interface CursorQuery {
  limit: number
  after: string | null
  before: string | null
}

function readLimit(query: URLSearchParams): number {
  const limit = Number(query.get('limit') ?? 20)
  return Number.isInteger(limit) && limit > 0 ? Math.min(limit, 100) : 20
}

function readCursor(query: URLSearchParams): CursorQuery {
  return { limit: readLimit(query), after: query.get('after'), before: query.get('before') }
}

function toCursor(id: string): string {
  return Buffer.from(id, 'utf8').toString('base64url')
}

function findPlace<T>(items: T[], idOf: (item: T) => string, cursor: string): number {
  const id = Buffer.from(cursor, 'base64url').toString('utf8')
  return items.findIndex((item) => idOf(item) === id)
}

/**
 * One page of a list that is newest first. `after` walks to older ones. The cursors are those of the page's first and
 * last item, so `after` is there on the last page, too: the end is an empty page.
 */
export function answerPage<T>(
  items: T[],
  query: URLSearchParams,
  idOf: (item: T) => string,
  build: (item: T) => unknown,
): ApiResponse {
  const { limit, after, before } = readCursor(query)
  let start = 0
  if (after !== null) {
    const place = findPlace(items, idOf, after)
    start = place < 0 ? items.length : place + 1
  } else if (before !== null) {
    const place = findPlace(items, idOf, before)
    start = Math.max(0, place - limit)
    items = items.slice(0, Math.max(0, place))
  }
  const page = items.slice(start, start + limit)
  const first = page[0]
  const last = page.at(-1)
  return {
    status: 200,
    body: {
      data: page.map(build),
      paging: {
        cursors: {
          before: first === undefined ? null : toCursor(idOf(first)),
          after: last === undefined ? null : toCursor(idOf(last)),
        },
        next: null,
        previous: null,
      },
    },
  }
}

/** One page of a list with page numbers. */
export function answerNumberedPage<T>(
  items: T[],
  query: URLSearchParams,
  build: (item: T) => unknown,
): ApiResponse {
  const page = Math.max(1, Math.trunc(Number(query.get('page') ?? 1)) || 1)
  const perPage = Math.min(100, Math.max(1, Math.trunc(Number(query.get('per_page') ?? 20)) || 20))
  return {
    status: 200,
    headers: { 'X-Total': String(items.length) },
    body: {
      data: items.slice((page - 1) * perPage, page * perPage).map(build),
      meta: {
        page,
        per_page: perPage,
        total_pages: Math.max(1, Math.ceil(items.length / perPage)),
        total_count: items.length,
      },
    },
  }
}
