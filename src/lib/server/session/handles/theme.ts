import type { Handle } from '@sveltejs/kit'

const themes = new Set(['light', 'dark', 'system'])

/** Writes the chosen theme into the page, so that it never flashes in the other one. */
export const handleTheme: Handle = ({ event, resolve }) => {
  const chosen = event.cookies.get('theme') ?? ''
  const theme = themes.has(chosen) ? chosen : 'system'
  return resolve(event, { transformPageChunk: ({ html }) => html.replace('%theme%', theme) })
}
