import { describe, expect, it } from 'vitest'
import { contentPolicy } from './security-headers.ts'

const environment = { PUBLIC_SUPABASE_URL: 'https://project.example/' }

describe('contentPolicy', () => {
  it('lets pages reach Realtime and changes nothing else', () => {
    expect(contentPolicy("default-src 'self'; connect-src 'self'; object-src 'none'", environment)).toBe(
      "default-src 'self'; connect-src 'self' https://project.example wss://project.example; object-src 'none'",
    )
    expect(contentPolicy("connect-src 'self'", { PUBLIC_SUPABASE_URL: 'http://127.0.0.1:54321' })).toBe(
      "connect-src 'self' http://127.0.0.1:54321 ws://127.0.0.1:54321",
    )
  })

  it('lets pages show files of Storage', () => {
    expect(contentPolicy("img-src 'self' data:; media-src 'self'; style-src 'self'", environment)).toBe(
      "img-src 'self' data: https://project.example; media-src 'self' https://project.example; style-src 'self'",
    )
  })

  it('allows nothing where there is no page', () => {
    expect(contentPolicy(null, environment)).toBe("default-src 'none'; frame-ancestors 'none'")
  })
})
