import { existsSync, readFileSync } from 'node:fs'
import { dirname, join, normalize } from 'node:path'
import ts from 'typescript'

/** One import of a module at run time. What is imported as a type alone does not count. */
export interface Import {
  specifier: string
  /** Names that are taken from it; `*` for all of them. None when it is loaded for its effects. */
  names: string[]
}

export interface Module {
  /** Path from the project's root. */
  file: string
  imports: Import[]
  /** The modules of ours that it loads, by path. */
  loads: { file: string; names: string[] }[]
  /** Specifiers of everything else. */
  externals: string[]
}

/** Reads a file by its path from the project's root; undefined when there is none. */
export type ReadModule = (file: string) => string | undefined

export function readFromDisk(file: string): string | undefined {
  return existsSync(file) ? readFileSync(file, 'utf8') : undefined
}

/**
 * Every module of ours that is loaded when the entries are, by path.
 *
 * @throws Error when an entry or something that is imported is not there
 */
export function walkImports(entries: string[], read: ReadModule = readFromDisk): Map<string, Module> {
  const modules = new Map<string, Module>()
  const waiting = [...entries]
  for (let file = waiting.pop(); file !== undefined; file = waiting.pop()) {
    if (modules.has(file)) continue
    const text = read(file)
    if (text === undefined) throw new Error(`There is no ${file}`)
    const imports = /\.(ts|js|svelte)$/.test(file) ? readImports(file, text) : []
    const module: Module = { file, imports, loads: [], externals: [] }
    for (const { specifier, names } of imports) {
      const target = resolve(file, specifier)
      if (target === undefined) module.externals.push(specifier)
      else module.loads.push({ file: target, names })
    }
    modules.set(file, module)
    waiting.push(...module.loads.map((load) => load.file))
  }
  return modules
}

/** The imports in a module's text, static and dynamic. */
export function readImports(file: string, text: string): Import[] {
  const scripts = file.endsWith('.svelte')
    ? [...text.matchAll(/<script[^>]*>([^]*?)<\/script>/g)].map(([, script = '']) => script)
    : [text]
  return scripts.flatMap((script) => {
    const source = ts.createSourceFile(file, script, ts.ScriptTarget.Latest, true, ts.ScriptKind.TS)
    const imports: Import[] = []
    visit(source, imports)
    return imports
  })
}

function visit(node: ts.Node, imports: Import[]): void {
  if (ts.isImportDeclaration(node)) {
    const names = namesOfImport(node)
    if (names !== undefined) imports.push({ specifier: textOf(node.moduleSpecifier), names })
  } else if (ts.isExportDeclaration(node) && node.moduleSpecifier !== undefined) {
    const names = namesOfExport(node)
    if (names !== undefined) imports.push({ specifier: textOf(node.moduleSpecifier), names })
  } else if (ts.isCallExpression(node) && node.expression.kind === ts.SyntaxKind.ImportKeyword) {
    imports.push({ specifier: readDynamicSpecifier(node), names: namesOfDynamicImport(node) })
  }
  ts.forEachChild(node, (child) => {
    visit(child, imports)
  })
}

/** `import('./a.ts')` or `import(new URL('./a.ts', import.meta.url).href)`. */
function readDynamicSpecifier(call: ts.CallExpression): string {
  const [argument] = call.arguments
  const url = argument && ts.isPropertyAccessExpression(argument) ? argument.expression : undefined
  const specifier = url && ts.isNewExpression(url) ? url.arguments?.[0] : argument
  if (specifier !== undefined && ts.isStringLiteralLike(specifier)) return specifier.text
  throw new Error(`What ${call.getText()} imports cannot be told`)
}

/** Those of `const { a } = await import(...)`; all of them where it is used otherwise. */
function namesOfDynamicImport(call: ts.CallExpression): string[] {
  const declaration = ts.isAwaitExpression(call.parent) ? call.parent.parent : call.parent
  if (!ts.isVariableDeclaration(declaration) || !ts.isObjectBindingPattern(declaration.name)) return ['*']
  return declaration.name.elements.map((element) =>
    element.dotDotDotToken ? '*' : (element.propertyName ?? element.name).getText(),
  )
}

function textOf(specifier: ts.Expression): string {
  return ts.isStringLiteralLike(specifier) ? specifier.text : ''
}

/** Undefined when nothing of it is there at run time. */
function namesOfImport({ importClause }: ts.ImportDeclaration): string[] | undefined {
  if (importClause === undefined) return []
  if (importClause.phaseModifier === ts.SyntaxKind.TypeKeyword) return undefined
  const names = importClause.name === undefined ? [] : ['default']
  const bindings = importClause.namedBindings
  if (bindings === undefined) return names
  if (ts.isNamespaceImport(bindings)) return [...names, '*']
  const values = bindings.elements.filter((element) => !element.isTypeOnly)
  // "import { type A }" loads the module all the same, since verbatimModuleSyntax keeps the import.
  return [...names, ...values.map((element) => (element.propertyName ?? element.name).text)]
}

function namesOfExport({ exportClause, isTypeOnly }: ts.ExportDeclaration): string[] | undefined {
  if (isTypeOnly) return undefined
  if (exportClause === undefined || ts.isNamespaceExport(exportClause)) return ['*']
  return exportClause.elements
    .filter((element) => !element.isTypeOnly)
    .map((element) => (element.propertyName ?? element.name).text)
}

function resolve(from: string, specifier: string): string | undefined {
  const [path = ''] = specifier.split('?')
  // SvelteKit writes these; they are types.
  if (path.endsWith('/$types')) return undefined
  if (path.startsWith('#lib/')) return join('src/lib', path.slice('#lib/'.length))
  if (!path.startsWith('.')) return undefined
  const file = normalize(join(dirname(from), path))
  // What the build makes of the routes; they are walked themselves.
  return file.startsWith('build/') ? undefined : file
}
