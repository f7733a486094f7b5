import { type Locale, getLocale } from './generated/runtime.js'

type Write<Inputs> = (inputs: Inputs) => string

/** A text in both languages as one that is written in the reader's, or in the one that is asked for. */
export function inLanguage<Inputs extends object>(
  english: Write<Inputs>,
  indonesian: Write<Inputs>,
): (inputs?: Inputs, options?: { locale?: Locale }) => string {
  return (inputs = {} as Inputs, { locale = getLocale() } = {}) =>
    (locale === 'id' ? indonesian : english)(inputs)
}
