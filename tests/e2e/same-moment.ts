import type { Page } from '@playwright/test'

/**
 * Does something on several pages, and lets what they ask of `url` go only when all have asked: none
 * of them can hear what became of another's before it has decided itself.
 */
export async function atTheSameMoment(
  pages: readonly Page[],
  url: RegExp,
  act: (page: Page) => Promise<void>,
): Promise<void> {
  const { promise: allAsked, resolve: letGo } = Promise.withResolvers<void>()
  let asked = 0
  for (const page of pages) {
    await page.route(
      url,
      async (route) => {
        asked += 1
        if (asked === pages.length) letGo()
        await allAsked
        await route.continue()
      },
      { times: 1 },
    )
  }
  for (const page of pages) await act(page)
  await allAsked
}
