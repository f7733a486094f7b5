import { afterAll, beforeAll, expect, test, vi } from 'vitest'
import { startTestStack, type TestStack } from '../support/embedded-stack.ts'
import { queryOnce } from '../support/query.ts'
import { createWorkspaceAs, signUpVisitor } from '../support/visitor.ts'
import { startWebProcess, type WebProcess } from '../support/web-process.ts'

/** Twelve for members, three for webhooks, one for the queue: what README.md tells an operator to reckon with. */
const mostConnections = 16

let stack: TestStack
let web: WebProcess

beforeAll(async () => {
  // @supabase/lite prints every refusal.
  vi.spyOn(console, 'error').mockReturnValue()
  stack = await startTestStack()
  web = await startWebProcess(stack)
})

afterAll(async () => {
  await web.stop()
  await stack.remove()
})

async function countConnections(): Promise<Record<string, number>> {
  const rows = await queryOnce<{ name: string; count: number }>(
    stack.adminUrl,
    `select application_name as name, count(*)::int as count from pg_stat_activity
     where usename = 'my21_web' group by 1`,
  )
  return Object.fromEntries(rows.map(({ name, count }) => [name, count]))
}

test('a web process holds as many connections as it says, however much is asked of it at once', async () => {
  const { visitor } = await signUpVisitor(web.origin, 'Busy Owner')
  const slug = await createWorkspaceAs(visitor, 'Busy')
  const pages = Array.from({ length: 120 }, () => visitor.copy().get(`/w/${slug}/inbox`))
  const calls = Array.from({ length: 60 }, () =>
    fetch(`${web.origin}/webhooks/kapso/nobody`, { method: 'POST', body: '{}' }),
  )
  const answers = await Promise.all(pages)
  await Promise.all(calls)
  expect(new Set(answers.map(({ status }) => status))).toEqual(new Set([200]))
  const counts = await countConnections()
  expect(counts['my21staff web']).toBeGreaterThan(1)
  expect(Object.values(counts).reduce((sum, count) => sum + count, 0)).toBeLessThanOrEqual(mostConnections)
})
