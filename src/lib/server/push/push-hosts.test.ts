import { describe, expect, it } from 'vitest'
import { isPushEndpoint } from './push-hosts.ts'

describe('isPushEndpoint', () => {
  it.each([
    'https://fcm.googleapis.com/fcm/send/abc',
    'https://updates.push.services.mozilla.com/wpush/v2/abc',
    'https://web.push.apple.com/abc',
    'https://sg2p.notify.windows.com/w/?token=abc',
    'https://push.example.com/abc',
    'http://127.0.0.1:9999/abc',
  ])('takes %s', (endpoint) => {
    expect(isPushEndpoint(endpoint, ['push.example.com', '127.0.0.1:9999'])).toBe(true)
  })

  it.each([
    'http://fcm.googleapis.com/fcm/send/abc',
    'https://fcm.googleapis.com.example.com/abc',
    'https://fcm.googleapis.com:8443/abc',
    'https://user@fcm.googleapis.com/abc',
    'https://notify.windows.com/abc',
    'http://push.example.com/abc',
    'http://127.0.0.1:9998/abc',
    'https://169.254.169.254/latest/meta-data',
    'file:///etc/passwd',
    'no address',
  ])('refuses %s', (endpoint) => {
    expect(isPushEndpoint(endpoint, ['push.example.com', '127.0.0.1:9999'])).toBe(false)
  })
})
