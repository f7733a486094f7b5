import { parseArgs } from 'node:util'
import { runAck } from './ack/ack.ts'
import { runDedupe } from './dedupe/dedupe.ts'
import { runImport } from './import/import.ts'
import { runIngest } from './ingest/ingest.ts'
import { runLatency } from './latency/latency.ts'
import { runMemory } from './memory/memory.ts'
import { runMerge } from './merge/merge.ts'
import { runSearch } from './search/search.ts'
import { runUi } from './ui/ui.ts'

/** A benchmark: prints progress through `log`, gives its figures, and says which of its goals they reach. */
export interface BenchResult {
  name: string
  figures: Record<string, number | string>
  goals: { text: string; isReached: boolean }[]
}

const benches: Record<string, (options: BenchOptions) => Promise<BenchResult>> = {
  ack: runAck,
  dedupe: runDedupe,
  import: runImport,
  ingest: runIngest,
  latency: runLatency,
  memory: runMemory,
  merge: runMerge,
  search: runSearch,
  ui: runUi,
}

export interface BenchOptions {
  log: (line: string) => void
  /** A shortened run that shows only that the benchmark works. */
  isShort: boolean
}

const { values, positionals } = parseArgs({
  allowPositionals: true,
  options: { json: { type: 'boolean', default: false }, short: { type: 'boolean', default: false } },
})
const bench = benches[positionals[0] ?? '']
if (bench === undefined) {
  console.error(`Usage: npm run bench -- NAME [--json] [--short]   NAME: ${Object.keys(benches).join(', ')}`)
  process.exit(2)
}
const result = await bench({
  isShort: values.short,
  log: (line) => {
    console.error(line)
  },
})
if (values.json) {
  console.log(JSON.stringify(result, null, 2))
} else {
  for (const [name, figure] of Object.entries(result.figures))
    console.log(`${name.padEnd(44)} ${String(figure)}`)
  for (const goal of result.goals) console.log(`${goal.isReached ? 'reached ' : 'MISSED  '} ${goal.text}`)
}
process.exit(0)
