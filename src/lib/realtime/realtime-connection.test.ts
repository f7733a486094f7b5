import { expect, it } from 'vitest'
import { realtimeEndpoint } from './realtime-connection.ts'

it('finds the endpoint of a project', () => {
  expect(realtimeEndpoint('https://project.example')).toBe('wss://project.example/realtime/v1')
  expect(realtimeEndpoint('http://127.0.0.1:54321/')).toBe('ws://127.0.0.1:54321/realtime/v1')
})
