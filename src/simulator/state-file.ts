import { mkdirSync, readFileSync, renameSync, writeFileSync } from 'node:fs'
import { dirname } from 'node:path'
import { defaultSettings } from './settings.ts'
import type { World } from './world.ts'

const version = 1

/** A world without anything in it. */
export function createWorld(seed: number): World {
  return {
    seed,
    epoch: 0,
    phoneNumbers: new Map(),
    customers: new Map(),
    conversations: new Map(),
    messages: new Map(),
    webhooks: new Map(),
    deliveries: new Map(),
    media: new Map(),
    executions: new Map(),
    templates: new Map(),
    signals: [],
    counters: new Map(),
    faults: [],
    settings: { ...defaultSettings },
    demoLoadedAt: null,
  }
}

/** The world kept in a file, or null when there is none that this version can read. */
export function loadWorld(path: string): World | null {
  let text: string
  try {
    text = readFileSync(path, 'utf8')
  } catch {
    return null
  }
  const isMap = (value: unknown): value is { map: [string, unknown][] } =>
    typeof value === 'object' && value !== null && 'map' in value && Array.isArray(value.map)
  try {
    const kept = JSON.parse(text, (_key, value: unknown) => (isMap(value) ? new Map(value.map) : value)) as {
      version: number
      world: World
    }
    if (kept.version !== version) return null
    return {
      ...createWorld(kept.world.seed),
      ...kept.world,
      settings: { ...defaultSettings, ...kept.world.settings },
    }
  } catch {
    return null
  }
}

function saveWorld(path: string, world: World): void {
  const text = JSON.stringify({ version, world }, (_key, value: unknown) =>
    value instanceof Map ? { map: [...(value as Map<string, unknown>).entries()] } : value,
  )
  mkdirSync(dirname(path), { recursive: true })
  // The file holds webhook secrets, and must never be seen half written.
  writeFileSync(`${path}.new`, text, { mode: 0o600 })
  renameSync(`${path}.new`, path)
}

/** Writes the world to its file a moment after each change, and at once when closed. */
export function createSaver(path: string, world: World): { changed(): void; close(): void } {
  let timer: NodeJS.Timeout | null = null
  let isClosed = false
  function save() {
    timer = null
    saveWorld(path, world)
  }
  return {
    changed() {
      if (!isClosed) timer ??= setTimeout(save, 250)
    },
    close() {
      isClosed = true
      if (timer) clearTimeout(timer)
      save()
    },
  }
}
