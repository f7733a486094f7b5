export type Theme = 'system' | 'light' | 'dark'

export const themes: readonly Theme[] = ['system', 'light', 'dark']

const oneYearSeconds = 31_536_000

/** The choice that the server wrote into the page from the `theme` cookie. Browser only. */
export function readTheme(): Theme {
  const chosen = document.documentElement.dataset['theme']
  return themes.find((theme) => theme === chosen) ?? 'system'
}

/** Applies a choice at once and keeps it for the next page. Browser only. */
export function chooseTheme(theme: Theme): void {
  document.documentElement.dataset['theme'] = theme
  const secure = location.protocol === 'https:' ? '; secure' : ''
  const lifetime = theme === 'system' ? 0 : oneYearSeconds
  document.cookie = `theme=${theme}; path=/; max-age=${String(lifetime)}; samesite=lax${secure}`
}
