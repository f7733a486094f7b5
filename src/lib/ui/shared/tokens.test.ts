import { readFileSync } from 'node:fs'
import { expect, it } from 'vitest'

/** WCAG 2.2: 4.5:1 for text (1.4.3), 3:1 for what identifies a control (1.4.11). */
const text = 4.5
const control = 3

const css = readFileSync(new URL('../../../app.css', import.meta.url), 'utf8')
const colours = new Map(
  [...css.matchAll(/--color-([\w-]+):\s*light-dark\((#[\da-f]{6}),\s*(#[\da-f]{6})\)/gi)].map(
    ([, name = '', light = '', dark = '']) => [name, { light, dark }],
  ),
)

const pairs: [foreground: string, background: string, least: number][] = [
  ...['canvas', 'surface', 'raised', 'hover', 'selected', 'bubble-in', 'bubble-out', 'violet-soft'].flatMap(
    (background) =>
      ['ink', 'soft', 'quiet', 'accent-ink', 'amber-ink', 'red-ink'].map(
        (foreground): [string, string, number] => [foreground, background, text],
      ),
  ),
  ...['accent', 'amber', 'red', 'violet', 'blue'].map((tone): [string, string, number] => [
    `${tone}-ink`,
    `${tone}-soft`,
    text,
  ]),
  ...['accent', 'amber', 'red', 'blue'].map((tone): [string, string, number] => [
    'ink',
    `${tone}-soft`,
    text,
  ]),
  ['on-accent', 'accent', text],
  ['on-accent', 'accent-hover', text],
  ['on-red', 'red', text],
  ['on-red', 'red-hover', text],
  ['surface', 'ink', text],
  ...['canvas', 'surface', 'raised'].flatMap((background) =>
    ['line-strong', 'accent', 'red'].map((tone): [string, string, number] => [tone, background, control]),
  ),
]

it.each(pairs)(
  '%s on %s has a contrast of %d at least, in light and dark',
  (foreground, background, least) => {
    for (const theme of ['light', 'dark'] as const) {
      const ratio = contrast(colourOf(foreground)[theme], colourOf(background)[theme])
      expect(ratio, theme).toBeGreaterThanOrEqual(least)
    }
  },
)

it.each(['canvas', 'surface', 'raised'])('what is pointed at is told apart on %s', (background) => {
  for (const theme of ['light', 'dark'] as const)
    expect(contrast(colourOf('hover')[theme], colourOf(background)[theme]), theme).toBeGreaterThan(1.05)
})

function colourOf(name: string) {
  const colour = colours.get(name)
  if (!colour) throw new Error(`There is no colour ${name}`)
  return colour
}

function contrast(left: string, right: string): number {
  const [low = 0, high = 0] = [luminance(left), luminance(right)].sort((a, b) => a - b)
  return (high + 0.05) / (low + 0.05)
}

function luminance(colour: string): number {
  const [red = 0, green = 0, blue = 0] = [1, 3, 5].map((start) => {
    const value = parseInt(colour.slice(start, start + 2), 16) / 255
    return value <= 0.04045 ? value / 12.92 : ((value + 0.055) / 1.055) ** 2.4
  })
  return 0.2126 * red + 0.7152 * green + 0.0722 * blue
}
