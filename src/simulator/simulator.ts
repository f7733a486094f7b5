import { createClock } from './clock.ts'
import { type Control, createControl } from './control.ts'
import { sweepConversations } from './conversations.ts'
import { type Buffers, createBuffers } from './delivery/buffer.ts'
import { createDispatcher, type Dispatcher } from './delivery/dispatcher.ts'
import { createNetwork } from './delivery/network.ts'
import { publishBatch } from './delivery/publish.ts'
import { createShuffler } from './delivery/shuffler.ts'
import { type DemoResult, loadDemo } from './demo/load.ts'
import type { NewFault } from './faults.ts'
import { createHttpServer } from './http/server.ts'
import { createIdentifiers } from './identifiers.ts'
import type { NewNumber } from './numbers.ts'
import { type Settings, settingsSchema } from './settings.ts'
import type { Simulation } from './simulation.ts'
import { createSaver, createWorld, loadWorld } from './state-file.ts'
import { scheduleNextStatus } from './statuses.ts'
import type { World } from './world.ts'

export const defaultApiKey = 'kapso-simulator-key'
export const defaultPhoneNumberId = '597000000000001'

export interface SimulatorOptions {
  /** 0 takes any free one. */
  port: number
  host?: string
  /** Same seed, same calls: same ids, forms and faults. Default 1. A state file keeps its own. */
  seed?: number
  /** Where everything is kept over restarts; without it, nothing is. */
  stateFile?: string
  /** What `X-API-Key` must be. Default `kapso-simulator-key`. */
  apiKey?: string
  /** The time that is told, in milliseconds since 1970. Default Date.now. */
  clock?: () => number
  /** 10 makes every wait ten times shorter. */
  timeScale?: number
  /** Waits between the tries of a delivery. Default 10, 40 and 90 seconds. */
  retryDelaysMs?: readonly number[]
  /** How long a receiver may take to answer. Default 10 seconds; not scaled. */
  deliveryTimeLimitMs?: number
  /** How long a delivery waits at most for an earlier one of its conversation. Default 30 seconds. */
  orderWaitMs?: number
  /** How many finished deliveries are remembered. Default 1000. */
  historyLimit?: number
  settings?: Partial<Settings>
  faults?: readonly NewFault[]
  /** Business numbers that exist from the start. Default one, `597000000000001`. */
  phoneNumbers?: readonly NewNumber[]
}

export interface SimulatorControl extends Control {
  /** Everything, live. Read it only. */
  readonly world: World
  /** Resolves with true when no delivery, status or buffer is waiting, with false after the time limit. */
  settle(timeLimitMs?: number): Promise<boolean>
  /** How much is waiting: deliveries, and timers of statuses and the like. */
  waiting(): { deliveries: number; timers: number }
  loadDemo(phoneNumberId?: string): DemoResult
  /** Forgets everybody and everything but business numbers and webhooks; ids made before never come again. */
  reset(): void
  /** Calls back after each change. Returns a function that ends it. */
  onChange(listener: () => void): () => void
}

export interface Simulator {
  /** `http://127.0.0.1:3210`: the page, and the base of the REST API. */
  url: string
  apiKey: string
  control: SimulatorControl
  close(): Promise<void>
}

interface Running {
  simulation: Simulation
  control: SimulatorControl
  stop: () => void
}

function prepareWorld(options: SimulatorOptions): World {
  const kept = options.stateFile === undefined ? null : loadWorld(options.stateFile)
  const world = kept ?? createWorld(options.seed ?? 1)
  if (!kept) Object.assign(world.settings, settingsSchema.partial().parse(options.settings ?? {}))
  // How fast time goes is a matter of this run, not of the world that is kept.
  if (options.timeScale !== undefined) world.settings.timeScale = options.timeScale
  if (options.retryDelaysMs !== undefined) world.settings.retryDelaysMs = [...options.retryDelaysMs]
  return world
}

/** Takes up what was under way when the state file was written. */
function resume(simulation: Simulation) {
  const { world, dispatcher } = simulation
  for (const delivery of [...world.deliveries.values()]) {
    if (delivery.status === 'pending') dispatcher.enqueue(delivery)
  }
  for (const message of world.messages.values()) {
    if (message.author !== 'customer') scheduleNextStatus(simulation, message)
  }
}

function clearWorld(world: World) {
  for (const map of [
    world.customers,
    world.conversations,
    world.messages,
    world.deliveries,
    world.media,
    world.executions,
    world.templates,
    world.counters,
  ]) {
    map.clear()
  }
  world.epoch += 1
  world.faults.length = 0
  world.signals.length = 0
  world.demoLoadedAt = null
}

function createRunning(options: SimulatorOptions): Running {
  const world = prepareWorld(options)
  const isFresh = world.phoneNumbers.size === 0
  const clock = createClock(options.clock ?? Date.now, () => world.settings.timeScale)
  const identifiers = createIdentifiers(world)
  const saver = options.stateFile === undefined ? null : createSaver(options.stateFile, world)
  const listeners = new Set<() => void>()
  function changed() {
    saver?.changed()
    for (const listener of [...listeners]) listener()
  }

  const network = createNetwork(clock, changed)
  const dispatcher: Dispatcher = createDispatcher(world, clock, identifiers, {
    network,
    timeLimitMs: options.deliveryTimeLimitMs ?? 10_000,
    orderWaitMs: options.orderWaitMs ?? 30_000,
    historyLimit: options.historyLimit ?? 1000,
    onChange: changed,
  })
  const buffers: Buffers = createBuffers(clock, (webhook, conversation, items) => {
    publishBatch(simulation, webhook, conversation, items)
  })
  const shuffler = createShuffler(clock, identifiers, (delivery) => {
    dispatcher.enqueue(delivery)
  })
  const simulation: Simulation = {
    world,
    identifiers,
    clock,
    dispatcher,
    buffers,
    shuffler,
    network,
    baseUrl: '',
    inFlight: new Set(),
    uploads: new Map(),
    changed,
  }
  const actions = createControl(simulation)
  if (isFresh) {
    for (const number of options.phoneNumbers ?? [{ id: defaultPhoneNumberId }])
      actions.addPhoneNumber(number)
    for (const fault of options.faults ?? []) actions.addFault(fault)
  }
  resume(simulation)
  const sweeping = setInterval(() => {
    sweepConversations(simulation)
  }, 30_000)
  sweeping.unref()

  const control: SimulatorControl = {
    ...actions,
    world,
    waiting: () => ({
      deliveries: dispatcher.waiting() + shuffler.waiting(),
      timers: clock.waiting() + simulation.inFlight.size,
    }),
    settle: (timeLimitMs = 10_000) => settle(control, timeLimitMs),
    loadDemo: (phoneNumberId) => loadDemo(simulation, phoneNumberId),
    reset() {
      for (const webhook of world.webhooks.values()) dispatcher.failWaiting(webhook.id, 'reset')
      shuffler.clear()
      network.repair()
      clock.stop()
      simulation.inFlight.clear()
      clearWorld(world)
      changed()
    },
    onChange(listener) {
      listeners.add(listener)
      return () => listeners.delete(listener)
    },
  }
  return {
    simulation,
    control,
    stop() {
      clearInterval(sweeping)
      clock.stop()
      dispatcher.close()
      saver?.close()
    },
  }
}

function settle(control: SimulatorControl, timeLimitMs: number): Promise<boolean> {
  const isQuiet = () => {
    const { deliveries, timers } = control.waiting()
    return deliveries === 0 && timers === 0
  }
  return new Promise((resolve) => {
    const end = (answer: boolean) => {
      clearTimeout(limit)
      clearInterval(look)
      resolve(answer)
    }
    const limit = setTimeout(end, timeLimitMs, false)
    // Timers end without a change that one could listen to, so it looks again and again.
    const look = setInterval(() => {
      if (isQuiet()) end(true)
    }, 10)
    if (isQuiet()) end(true)
  })
}

/** Starts a Kapso on this machine. Rejects when the port is taken. */
export async function startSimulator(options: SimulatorOptions): Promise<Simulator> {
  const host = options.host ?? '127.0.0.1'
  const apiKey = options.apiKey ?? defaultApiKey
  const { simulation, control, stop } = createRunning(options)
  const server = createHttpServer(simulation, control, { apiKey, host })
  try {
    const port = await server.listen(options.port, host)
    const url = `http://${host.includes(':') ? `[${host}]` : host}:${String(port)}`
    simulation.baseUrl = url
    return {
      url,
      apiKey,
      control,
      async close() {
        stop()
        await server.close()
      },
    }
  } catch (error) {
    stop()
    throw error
  }
}
