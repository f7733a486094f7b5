import { once } from 'node:events'
import { createServer } from 'node:net'
import { setTimeout as pause } from 'node:timers/promises'
import { StartError } from './start-error.ts'

export interface LocalPorts {
  web: number
  api: number
  postgres: number
  simulator: number
}

type Part = keyof LocalPorts

const variables: Record<Part, { name: string; fallback: number; what: string }> = {
  web: { name: 'PORT', fallback: 3000, what: 'the web process' },
  api: { name: 'EMBEDDED_API_PORT', fallback: 54_321, what: 'embedded Supabase' },
  postgres: { name: 'EMBEDDED_POSTGRES_PORT', fallback: 54_322, what: 'embedded Postgres' },
  simulator: { name: 'SIMULATOR_PORT', fallback: 3210, what: 'the Kapso simulator' },
}

const parts = Object.keys(variables) as Part[]

/** Reads the four ports from the environment. Throws StartError for what is no port, or the same port twice. */
export function readPorts(environment: NodeJS.ProcessEnv): LocalPorts {
  const ports = Object.fromEntries(
    parts.map((part) => [part, readPort(part, environment)]),
  ) as unknown as LocalPorts
  for (const [index, part] of parts.entries()) {
    const other = parts.slice(0, index).find((before) => ports[before] === ports[part])
    if (!other) continue
    const names = `${variables[other].name} and ${variables[part].name}`
    throw new StartError(`${names} are both ${String(ports[part])}: give each its own port.`)
  }
  return ports
}

function readPort(part: Part, environment: NodeJS.ProcessEnv): number {
  const { name, fallback } = variables[part]
  const text = environment[name] || String(fallback)
  const port = Number(text)
  if (Number.isInteger(port) && port >= 1 && port <= 65_535) return port
  throw new StartError(`${name} is ${text}, which is no port: choose a number from 1 to 65535.`)
}

/**
 * Throws StartError naming the first port on which somebody listens, and the variable that changes it.
 *
 * @param patienceMs how long a port may still be in use before that counts
 */
export async function requireFreePorts(ports: LocalPorts, host: string, patienceMs = 0): Promise<void> {
  const end = Date.now() + patienceMs
  for (const part of parts) {
    const addresses = part === 'web' && host !== '127.0.0.1' ? ['127.0.0.1', host] : ['127.0.0.1']
    for (const address of addresses) {
      for (;;) {
        const problem = await tryListening(ports[part], address)
        if (problem === undefined) break
        if (Date.now() >= end) throw new StartError(explain(part, ports[part], address, problem))
        await pause(100)
      }
    }
  }
}

function explain(part: Part, port: number, address: string, code: string): string {
  const { name, what } = variables[part]
  const wanted = `for ${what}`
  if (code === 'EADDRINUSE') {
    return `Port ${String(port)} ${wanted} is in use: stop what listens there, or set ${name} to another port.`
  }
  if (code === 'EACCES') return `Port ${String(port)} ${wanted} is reserved: set ${name} to one above 1023.`
  return `Port ${String(port)} ${wanted} cannot be opened on ${address} (${code}): set ${name} or HOST.`
}

/** The error's code when one cannot listen there. */
async function tryListening(port: number, host: string): Promise<string | undefined> {
  const server = createServer()
  try {
    server.listen({ port, host, exclusive: true })
    await once(server, 'listening')
  } catch (error) {
    return error instanceof Error && 'code' in error ? String(error.code) : 'unknown'
  }
  server.close()
  await once(server, 'close')
  return undefined
}

/** Ports of 127.0.0.1 on which nobody listened a moment ago. */
export async function findFreePorts(): Promise<LocalPorts> {
  const servers = parts.map(() => createServer().listen(0, '127.0.0.1'))
  await Promise.all(servers.map((server) => once(server, 'listening')))
  const found = servers.map((server) => {
    const address = server.address()
    return address === null || typeof address === 'string' ? 0 : address.port
  })
  await Promise.all(servers.map((server) => once(server.close(), 'close')))
  const [web = 0, api = 0, postgres = 0, simulator = 0] = found
  return { web, api, postgres, simulator }
}
