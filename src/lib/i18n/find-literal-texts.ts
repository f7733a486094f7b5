import { parse } from 'svelte/compiler'

/** Words of a page that stand in its source, where no translation reaches them. */
export interface LiteralText {
  line: number
  words: string
}

/** Words that are the same in every language. */
const sameEverywhere = [
  // Names of products and companies.
  /my21staff|WhatsApp|Kapso|Supabase|Meta\b|Google Maps|iPhone/g,
  // Names of what is copied and pasted between two programs.
  /X-[\w-]+|https?:\/\/\S*|\b(?:PDF|Word|Excel|PowerPoint|ZIP|CSV|JSON|URL|ID|API)\b/g,
  // Keys as they are printed on keyboards; what a page holds of KeyboardEvent.key is among them.
  /\b(?:Ctrl|Cmd|Shift|Alt|Control|Meta|Tab|Enter|Escape|Esc|Backspace|Delete|Space|Home|End|PageUp|PageDown|Arrow(?:Up|Down|Left|Right))\b/g,
]

/** Attributes and properties of components that are read, whatever they hold. */
const readAttributes = new Set(
  [
    'aria-label aria-description aria-roledescription aria-valuetext aria-placeholder title placeholder alt',
    'label hint text heading lead description message note caption empty question explanation',
  ].flatMap((names) => names.split(' ')),
)

/** Attributes that hold what machines read, capital letters or not. */
const unreadAttributes = new Set([
  'class',
  'd',
  'viewBox',
  'autocomplete',
  'content',
  'pattern',
  'src',
  'href',
  'rel',
])

interface Node {
  type: string
  start: number
  end: number
  [key: string]: unknown
}

/**
 * Finds text that is written into a component or a module instead of into the messages: text nodes, attributes that are
 * read, and string literals that look like sentences or titles. What is given to
 * `new Error` and its kin, to SvelteKit's `error` and to a log is not shown and left out: the error page has words of its
 * own.
 *
 * @param source a component, or a module of TypeScript
 */
export function findLiteralTexts(source: string, kind: 'component' | 'module'): LiteralText[] {
  const before = kind === 'module' ? '<script lang="ts">' : ''
  const after = kind === 'module' ? '</script>' : ''
  const whole = `${before}${source}${after}`
  const found: LiteralText[] = []

  function note({ start }: Node, words: string) {
    const line = whole.slice(0, start).split('\n').length
    found.push({ line, words: words.replace(/\s+/gu, ' ').trim().slice(0, 80) })
  }

  function visit(value: unknown, attribute: string | null): void {
    if (Array.isArray(value)) {
      for (const item of value) visit(item, attribute)
    } else if (isNode(value)) {
      visitNode(value, attribute)
    }
  }

  function visitNode(node: Node, attribute: string | null) {
    if (isForMachines(node)) return
    if (node.type === 'Attribute' || node.type === 'StyleDirective') {
      visit(node['value'], String(node['name']))
      return
    }
    const words = wordsOf(node)
    if (words !== null) {
      const isText = node.type === 'Text'
      const isRead = isText && (attribute === null || readAttributes.has(attribute))
      const isSuspect = !isUnread(attribute) && looksLikeText(words, node.type === 'TemplateElement')
      if (isRead ? hasWords(words) : isSuspect) note(node, words)
      return
    }
    for (const [key, child] of Object.entries(node)) {
      if (!(key === 'key' && node.type === 'Property' && node['computed'] === false)) visit(child, attribute)
    }
  }

  const ast = parse(whole, { modern: true })
  visit([ast.fragment, ast.instance?.content, ast.module?.content], null)
  return found
}

/** Types, imports, errors, comparisons and patterns: nobody reads them on a page. */
function isForMachines(node: Node): boolean {
  if (node.type.startsWith('TS') && !/^TS(?:As|Satisfies|NonNull)/.test(node.type)) return true
  if (/^(?:Import|ExportAll|Comment)/.test(node.type)) return true
  if (node.type === 'BinaryExpression') return /^(?:[!=]==?|in)$/.test(String(node['operator']))
  const callee = node['callee']
  if (!isNode(callee)) return false
  if (node.type === 'NewExpression')
    return /Error$|Failed$|^NotFound$|^RuleViolation$/.test(String(callee['name']))
  if (callee.type === 'Super' || callee['name'] === 'error') return true
  return callee.type === 'MemberExpression' && isNamed(callee['object'], 'log')
}

/** `log`, `services.log` */
function isNamed(value: unknown, name: string): boolean {
  if (!isNode(value)) return false
  return value['name'] === name || (value.type === 'MemberExpression' && isNamed(value['property'], name))
}

function isUnread(attribute: string | null): boolean {
  return attribute !== null && (unreadAttributes.has(attribute) || attribute.startsWith('data-'))
}

function wordsOf(node: Node): string | null {
  if (node.type === 'Text') return String(node['data'])
  if (node.type === 'Literal') return typeof node['value'] === 'string' ? node['value'] : null
  if (node.type !== 'TemplateElement') return null
  const value = node['value']
  return typeof value === 'object' && value !== null && 'cooked' in value ? String(value.cooked) : null
}

/** Two letters in a row, once what is the same everywhere is taken out. */
function hasWords(text: string): boolean {
  return /\p{L}{2}/u.test(withoutNames(text))
}

/**
 * `Not sent`, `Sent.`, `no price`, ` left to reply`: begins with a capital letter, or holds nothing but words. Names of
 * classes and methods, addresses, selectors and lists of classes look like neither.
 */
function looksLikeText(text: string, isPartOfTemplate: boolean): boolean {
  if (!hasWords(text)) return false
  const isSentence = /^[\s"“(]*\p{Lu}(?:[\p{Ll}’']*(?:$|[\s.,:;!?…)])|[\p{L}\p{N}’']*\s+\S)/u.test(text)
  const words = isPartOfTemplate ? /^\s*\p{Ll}{2,}[,.]?(?: \p{Ll}+[,.]?)+\s*$/u : /^\p{Ll}{2,}(?: \p{Ll}+)+$/u
  return isSentence || words.test(text)
}

function withoutNames(text: string): string {
  return sameEverywhere.reduce((rest, names) => rest.replace(names, ''), text)
}

function isNode(value: unknown): value is Node {
  return typeof value === 'object' && value !== null && 'type' in value && typeof value.type === 'string'
}
