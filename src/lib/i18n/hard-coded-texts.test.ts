import { globSync, readFileSync } from 'node:fs'
import { expect, it } from 'vitest'
import { findLiteralTexts } from './find-literal-texts.ts'

const root = new URL('../../../', import.meta.url)

/** What looks like words for readers and is none. */
const allowed: readonly { file: RegExp; words: RegExp; reason: string }[] = [
  {
    file: /^src\/lib\/domain\/duplicates\/names\.ts$/u,
    words: /^[a-z ]+$/u,
    reason: 'parts of names that are compared, never shown',
  },
  {
    file: /domain\/csv\/import-columns\.ts$/,
    words: /^[a-z1 ]+$/,
    reason: 'what columns of files are called, to be compared, never shown',
  },
  {
    file: /domain\/delivery-errors\.ts$/,
    words: /./,
    reason: 'holds each text in both languages; its own test looks that none is missing',
  },
  {
    file: /domain\/shortcuts\.ts$/,
    words: /^(?:Dead|Process|Unidentified|Del)$/,
    reason: 'KeyboardEvent.key',
  },
  {
    file: /domain\/member-preferences-schema\.ts$/,
    words: /^At most/,
    reason: 'for the log: no page sends more',
  },
  {
    file: /realtime-token\/\+server\.ts$/,
    words: /again/,
    reason: 'the page that asks has words of its own',
  },
  { file: /composer-drop\.ts$/, words: /^Files$/, reason: 'DataTransfer.types' },
  { file: /NoteEditor\.svelte$/, words: /^Arrow/, reason: 'part of KeyboardEvent.key' },
]

const files = globSync(['src/**/*.svelte', 'src/lib/{ui,realtime,domain}/**/*.ts', 'src/routes/**/*.ts'], {
  cwd: root,
}).filter((file) => !/\.test\.ts$|(?:^|\/)test-[\w-]+\.ts$/.test(file))

it.each(files.sort())('%s holds no words for readers: they are in the messages', (file) => {
  const source = readFileSync(new URL(file, root), 'utf8')
  const found = findLiteralTexts(source, file.endsWith('.svelte') ? 'component' : 'module')
  const texts = found.filter(
    ({ words }) => !allowed.some((exception) => exception.file.test(file) && exception.words.test(words)),
  )
  expect(texts.map(({ line, words }) => `${file}:${String(line)}: ${words}`)).toEqual([])
})

it.each([
  ['<p>Saved</p>', 'Saved'],
  ['<p>my21staff is <b>{name}</b></p>', 'my21staff is'],
  ['<Field hint="ten or more" />', 'ten or more'],
  ['<button aria-label={busy ? "Saving" : undefined}></button>', 'Saving'],
  ['<p>{count} unread</p>', 'unread'],
  ['<script lang="ts">const text = `${hours} left to reply`</script>', 'left to reply'],
  ['<script lang="ts">const words = { sent: "Sent", "Not a word": 1 }</script>', 'Sent'],
  ['{#snippet row()}<dt>Reason</dt>{/snippet}', 'Reason'],
])('finds the words in %s', (source, words) => {
  expect(findLiteralTexts(source, 'component')).toEqual([{ line: 1, words }])
})

it('tells the line', () => {
  expect(findLiteralTexts("const a = 1\nconst b = 'Yesterday'\n", 'module')).toEqual([
    { line: 2, words: 'Yesterday' },
  ])
})

it.each([
  '<p>WhatsApp · my21staff · 99+</p>',
  '<p class={["flex items-center", isLarge && "relative block"]} data-kind="Photo">{name}</p>',
  '<a href="/Sign-In" rel="noopener noreferrer nofollow">{name}</a>',
  '<script lang="ts">if (key === "Enter" || kind === "Photo") throw new TypeError("No such thing")</script>',
  '<script lang="ts">type Name = "Photo"; fetch("/", { method: "POST" })</script>',
])('leaves alone %s', (source) => {
  expect(findLiteralTexts(source, 'component')).toEqual([])
})
