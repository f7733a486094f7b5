import { once } from 'node:events'
import { createServer } from 'node:net'
import { describe, expect, it, onTestFinished } from 'vitest'
import { findFreePorts, readPorts, requireFreePorts } from './ports.ts'

async function occupy(port: number, host = '127.0.0.1') {
  const server = createServer().listen(port, host)
  await once(server, 'listening')
  onTestFinished(() => {
    server.close()
  })
}

describe('readPorts', () => {
  it('has the documented ports where nothing is said', () => {
    expect(readPorts({})).toEqual({ web: 3000, api: 54_321, postgres: 54_322, simulator: 3210 })
  })

  it('takes each from its variable, and an empty one as not said', () => {
    const environment = {
      PORT: '4000',
      EMBEDDED_API_PORT: '4001',
      EMBEDDED_POSTGRES_PORT: '',
      SIMULATOR_PORT: '4003',
    }
    expect(readPorts(environment)).toEqual({ web: 4000, api: 4001, postgres: 54_322, simulator: 4003 })
  })

  it.each(['0', '65536', 'http', '3000.5', '-1'])('refuses %s and names the variable', (value) => {
    expect(() => readPorts({ PORT: value })).toThrow(`PORT is ${value}`)
  })

  it('refuses one port for two parts', () => {
    expect(() => readPorts({ PORT: '3210' })).toThrow('PORT and SIMULATOR_PORT are both 3210')
  })
})

describe('requireFreePorts', { timeout: 60_000 }, () => {
  it('is content with free ports', async () => {
    await expect(requireFreePorts(await findFreePorts(), '127.0.0.1')).resolves.toBeUndefined()
  })

  it('names the port in use and the variable to change', async () => {
    const ports = await findFreePorts()
    await occupy(ports.postgres)
    await expect(requireFreePorts(ports, '127.0.0.1')).rejects.toThrow(
      `Port ${String(ports.postgres)} for embedded Postgres is in use: stop what listens there, or set EMBEDDED_POSTGRES_PORT`,
    )
  })

  it('sees who listens on all addresses', async () => {
    const ports = await findFreePorts()
    await occupy(ports.web, '0.0.0.0')
    await expect(requireFreePorts(ports, '127.0.0.1')).rejects.toThrow('set PORT to another')
  })

  it('waits for a port that is given up in time', async () => {
    const ports = await findFreePorts()
    const server = createServer().listen(ports.api, '127.0.0.1')
    await once(server, 'listening')
    const waiting = requireFreePorts(ports, '127.0.0.1', 30_000)
    server.close()
    await expect(waiting).resolves.toBeUndefined()
  })
})
