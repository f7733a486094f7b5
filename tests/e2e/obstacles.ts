import AxeBuilder from '@axe-core/playwright'
import { expect, type Page } from '@playwright/test'

interface Looked {
  /** What is open, for the message of a failure. */
  state?: string
  themes?: readonly ('light' | 'dark')[]
  /** Looks at this part of the page alone. */
  within?: string
  /** Also what axe advises beyond WCAG 2.2 AA. */
  advice?: boolean
}

/** What of the rules hangs on colours; all else is the same in every theme. */
const rulesOfColours = ['color-contrast', 'link-in-text-block']

/** Looks with axe for what stands in the way of screen readers, keyboards and weak eyes, in both themes. */
export async function expectNoObstacles(
  page: Page,
  { state = 'page', themes = ['light', 'dark'], within, advice = false }: Looked = {},
): Promise<void> {
  for (const [place, colorScheme] of themes.entries()) {
    // What fades in, or is on its way from one theme to the other, has less contrast until it stands.
    await page.emulateMedia({ colorScheme, reducedMotion: 'reduce' })
    await page.evaluate(() =>
      Promise.all(document.getAnimations().map(({ finished }) => finished.catch(() => null))),
    )
    // The other way opens one more page for each look, to gather what frames of other origins say: we have none.
    const axe = new AxeBuilder({ page }).setLegacyMode()
    if (within !== undefined) axe.include(within)
    if (place > 0) axe.withRules(rulesOfColours)
    else if (!advice) axe.withTags(['wcag2a', 'wcag2aa', 'wcag21aa', 'wcag22aa'])
    const { violations } = await axe.analyze()
    const found = violations.map(({ id, nodes }) => [id, nodes.map(({ html }) => html)])
    expect(found, `${state}, ${colorScheme}`).toEqual([])
  }
}
