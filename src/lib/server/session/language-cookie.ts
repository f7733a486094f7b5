/** The compiled texts look for it under this name: see src/lib/i18n/compile-texts.ts. */
export const languageCookieName = 'language'

const oneYearSeconds = 31_536_000

/** The cookies of an answer. SvelteKit's own fit. */
interface CookieJar {
  set(
    name: string,
    value: string,
    options: { path: string; maxAge: number; sameSite: 'lax'; httpOnly: boolean; secure: boolean },
  ): void
}

/** Keeps a language where pages look for it that know no member, and the texts of a page that is open. */
export function keepLanguage(jar: CookieJar, language: string, url: URL): void {
  jar.set(languageCookieName, language, {
    path: '/',
    maxAge: oneYearSeconds,
    sameSite: 'lax',
    httpOnly: false,
    secure: url.protocol === 'https:',
  })
}
