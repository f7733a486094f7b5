import { join } from 'node:path'

/** What the bundler tells of a module: whom it imports and who imports it, both without `import()`. */
interface ModuleInfo {
  code: string | null
  importedIds: readonly string[]
  importers: readonly string[]
}

type GetModuleInfo = (id: string) => ModuleInfo | null

/** Tells the chunk that a module goes into; null leaves it to the bundler. */
type NameChunk = (id: string, bundle: { getModuleInfo: GetModuleInfo }) => string | null

/** What of a Vite plugin this is, so that no more of Vite's types are needed. */
interface PageChunks {
  name: string
  config: (config: { build?: { ssr?: boolean | string } }) => object | undefined
}

const root = join(import.meta.dirname, '../..')
const workspace = 'src/routes/(app)/w/[workspace]'

/** The modules that a page begins with: what each loads, then what each of a workspace does, then the inbox. */
const pages = [
  {
    chunk: 'base',
    begins: ['node_modules/@sveltejs/kit/src/runtime/client/entry.js', 'src/routes/+layout.svelte'],
  },
  { chunk: 'workspace', begins: [`${workspace}/+layout.svelte`] },
  { chunk: 'inbox', begins: [`${workspace}/inbox/+layout.svelte`, `${workspace}/inbox/+page.svelte`] },
]

/**
 * Puts what the inbox loads at first into few chunks. By itself the bundler makes one of each set of modules that the
 * same pages use: some sixty that hold an icon or a text each, which together are a tenth larger when compressed.
 */
export function pageChunks(): PageChunks {
  const begins = pages.map((page) => ({ ...page, begins: page.begins.map((file) => join(root, file)) }))
  const groups = [{ debugName: 'pages', name: nameChunks(begins) }]
  return {
    name: 'page-chunks',
    config: ({ build }) =>
      build?.ssr ? undefined : { build: { rolldownOptions: { output: { codeSplitting: { groups } } } } },
  }
}

/**
 * Each module that a page needs goes into its chunk, unless a page before needs it too. What the last page alone needs
 * stays with it: the others do not pay for it.
 */
export function nameChunks(pages: readonly { chunk: string; begins: readonly string[] }[]): NameChunk {
  let chunks: ReadonlyMap<string, string> | undefined
  return (id, bundle) => {
    chunks ??= assignChunks(pages, (module) => bundle.getModuleInfo(module))
    return chunks.get(id) ?? null
  }
}

function assignChunks(
  pages: readonly { chunk: string; begins: readonly string[] }[],
  getModuleInfo: GetModuleInfo,
): Map<string, string> {
  const chunks = new Map<string, string>()
  for (const { chunk, begins } of pages) {
    const needed = reach(begins, getModuleInfo)
    const isLast = chunk === pages.at(-1)?.chunk
    // What a page begins with is imported by what SvelteKit makes of its route.
    const isElsewhere = (id: string) =>
      !begins.includes(id) && getModuleInfo(id)?.importers.some((importer) => !needed.has(importer))
    const shared = isLast ? reach([...needed].filter(isElsewhere), getModuleInfo) : needed
    for (const id of shared) if (!chunks.has(id)) chunks.set(id, chunk)
  }
  return chunks
}

/** The modules and all that they import. */
function reach(begins: readonly string[], getModuleInfo: GetModuleInfo): Set<string> {
  const reached = new Set(begins.filter((id) => getModuleInfo(id) !== null))
  // What is added while it is gone through is gone through as well.
  for (const id of reached) for (const needed of needs(id, getModuleInfo)) reached.add(needed)
  return reached
}

const texts = '/i18n/generated/messages.js'

/** Whom a module imports; of the texts, which are a module each behind one that names them all, those that it uses. */
function needs(id: string, getModuleInfo: GetModuleInfo): string[] {
  const { code, importedIds } = getModuleInfo(id) ?? { code: null, importedIds: [] }
  return importedIds.flatMap((imported) => {
    if (!imported.endsWith(texts)) return [imported]
    const used = [...(code ?? '').matchAll(/\bm\.([a-z0-9_]+)/gu)].map(
      ([, name = '']) => `${imported.replace(/\.js$/u, '')}/${name}.js`,
    )
    return used.filter((text) => getModuleInfo(text) !== null)
  })
}
