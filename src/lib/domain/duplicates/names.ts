/** Forms of address and degrees; they go unless nothing else is left. */
const titles = new Set(
  (
    'pak bapak bpk bp bu ibu mas mbak mba mbk kak kakak abang bang bung om tante tuan nyonya nona sdr sdri haji hajah hj ' +
    'kh ust ustadz ustad ustadzah mr mrs ms miss mister sir madam dr drs dra drg ir prof apt ' +
    'se sh st skom spd mpd msi mm mkom mkn spog ssi shut sip skm amd phd mba bsc msc'
  ).split(' '),
)

/** Short and foreign forms of names that half a country bears; no rule of sounds finds them. */
const forms = new Map(
  Object.entries({
    muhammad:
      'muh moh mohd muhamad mohamad mohamed muhamed mohammad mohammed mochamad mochammad muchamad muchammad mokhamad',
    ahmad: 'achmad akhmad akhmat ahmed achmed akmad',
    abdul: 'abd abdoel abdel',
    abdullah: 'abdulah abdulloh abdallah',
    yusuf: 'yusup jusuf jusup yousef joseph yosef yusef',
    syarif: 'sarif sharif sjarif',
    nur: 'noor nor noer',
    dewi: 'dewie devi',
    sri: 'srie',
  }).flatMap(([name, variants]) => variants.split(' ').map((variant) => [variant, name] as const)),
)

/**
 * The words of a name as they are compared: without case, accents, signs, titles and degrees, brackets behind the name,
 * in one spelling of old and new Indonesian (dj and j, tj and c, oe and u, sj and sy, nj and ny), doubled letters once.
 * At most six; an initial is one letter.
 */
export function readNameWords(name: string): string[] {
  const plain = foldText(name)
  const bare = plain.replace(/[([{].*?(?:[)\]}]|$)/g, ' ').trim()
  // A degree is written with dots: "S.Kom." is one word, "B. Santoso" is two.
  const words = (bare === '' ? plain : bare)
    .replace(/\b(s|m)\.\s?([a-z]{1,3})\b\.?(?!\w)/g, '$1$2')
    .replace(/[’'`´‘ʼ]/g, '')
    .split(/[^\p{L}\p{N}]+/u)
    .filter((word) => word !== '' && !/^\d+$/.test(word))
  const kept = words.filter((word) => !titles.has(word))
  return (kept.length > 0 ? kept : words).slice(0, 6).map(foldWord)
}

/** Lower case, compatibility forms resolved, without accents and format characters, single spaces. */
export function foldText(text: string): string {
  return text
    .slice(0, 300)
    .normalize('NFKD')
    .replace(/[\p{M}\p{Cf}]/gu, '')
    .toLowerCase()
    .replace(/\s+/g, ' ')
    .trim()
}

function foldWord(word: string): string {
  const known = forms.get(word)
  if (known !== undefined) return known
  const folded = word
    .replace(/dj/g, 'j')
    .replace(/tj/g, 'c')
    .replace(/sj/g, 'sy')
    .replace(/nj/g, 'ny')
    .replace(/oe/g, 'u')
    .replace(/([^\d])\1+/g, '$1')
  return forms.get(folded) ?? folded
}

/**
 * A word as it sounds, for finding partners: similar consonants are one, vowels after the first one go. Words in other
 * scripts than Latin stay as they are.
 */
export function soundOf(word: string): string {
  if (!/^[a-z]+$/.test(word)) return word
  const consonants = word
    .replace(/^(?:ks|x)/, 's')
    .replace(/^kn/, 'n')
    .replace(/^wr/, 'r')
    .replace(/ph|v|f/g, 'p')
    .replace(/sy|sh|sch|z|x|ts/g, 's')
    .replace(/c(?=[eiy])/g, 's')
    .replace(/ck|ch|kh|gh|q|c|g/g, 'k')
    .replace(/th|dh|d/g, 't')
    .replace(/w/g, 'u')
    .replace(/y|j/g, 'i')
    .replace(/h/g, '')
  const first = /[aeiou]/.exec(consonants)
  const vowel =
    first === null ? '' : first[0] === 'u' || first[0] === 'o' ? 'o' : first[0] === 'a' ? 'a' : 'e'
  const skeleton = consonants.replace(/[aeiou]/g, '').replace(/(.)\1+/g, '$1')
  return first?.index === 0 ? vowel + skeleton : skeleton.slice(0, 1) + vowel + skeleton.slice(1)
}
