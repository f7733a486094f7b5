import { join } from 'node:path'
import { z } from 'zod'

const frame = join(import.meta.dirname, '../lib/ui/shared/IconFrame.svelte')

const iconSchema = z.object({
  node: z.array(z.tuple([z.string(), z.record(z.string(), z.string())])),
})

/** What of a Vite plugin this is, so that no more of Vite's types are needed. */
interface StaticIcons {
  name: string
  enforce: 'pre'
  transform: { filter: { id: RegExp }; handler: (code: string) => { code: string; map: null } }
}

/**
 * Lucide's icons as markup instead of data that is put together in the browser, element by element and attribute by
 * attribute: with some twenty icons around a thread that was a third of what opening one took.
 */
export function staticIcons(): StaticIcons {
  return {
    name: 'static-icons',
    enforce: 'pre',
    transform: {
      filter: { id: /@lucide\/svelte\/dist\/icons\/[a-z0-9-]+\.svelte$/u },
      handler: (code) => ({ code: writeIcon(code), map: null }),
    },
  }
}

/**
 * Writes the component of an icon.
 *
 * @param source the library's own component, which holds the icon's shapes as JSON
 * @throws Error where the library writes them otherwise than it did
 */
export function writeIcon(source: string): string {
  const [, json] = /const iconData = (\{.+\})/u.exec(source) ?? []
  if (json === undefined) throw new Error('an icon of @lucide/svelte holds no shapes')
  const { node } = iconSchema.parse(JSON.parse(json))
  const shapes = node
    .map(([tag, attributes]) => {
      const written = Object.entries(attributes).map(([key, value]) => `${key}="${value}"`)
      return `<${tag} ${written.join(' ')} />`
    })
    .join('')
  return `<svelte:options namespace="svg" />

<script>
  import IconFrame from ${JSON.stringify(frame)}

  let props = $props()
</script>

<IconFrame {props}>${shapes}</IconFrame>
`
}
