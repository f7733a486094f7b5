import { describe, expect, test } from 'vitest'
import { readAccountChange, readNumberChange, readWorkflowChange } from './read-lifecycle.ts'

const receivedAt = new Date('2026-01-01T00:00:00Z')

describe('a number', () => {
  test('lost its connection', () => {
    const item = {
      id: 'wpe_1',
      event: 'whatsapp.phone_number.disconnected',
      occurred_at: '2026-02-03T04:05:06Z',
      phone_number_id: 106540352242922,
      connection_type: 'coexistence',
      disconnection: { reason: 'ACCOUNT_DISCONNECTED', initiated_by: 'user', note: 'unknown field' },
    }
    expect(readNumberChange('whatsapp.phone_number.disconnected', item, receivedAt)).toEqual({
      kind: 'channel',
      name: 'whatsapp.phone_number.disconnected',
      phoneNumberIds: ['106540352242922'],
      occurredAt: new Date('2026-02-03T04:05:06Z'),
      details: {
        connection_type: 'coexistence',
        disconnection: { reason: 'ACCOUNT_DISCONNECTED', initiated_by: 'user' },
      },
    })
  })
})

describe('an account', () => {
  test('names its numbers, each once, and what Meta holds against it', () => {
    const item = {
      phone_number_id: '1',
      phone_numbers: [
        { id: '1', display_phone_number: '+1 202 555 0100' },
        { id: 2 },
        { id: null },
        { id: 'a b' },
        '3',
      ],
      violation: { type: 'SPAM', detail: { a: 1 } },
      restrictions: { type: 'not a list' },
    }
    expect(readAccountChange('whatsapp.account.violation', item, receivedAt)).toEqual({
      kind: 'channel',
      name: 'whatsapp.account.violation',
      phoneNumberIds: ['1', '2'],
      occurredAt: receivedAt,
      details: { violation: { type: 'SPAM' } },
    })
  })

  test('may name no number at all', () => {
    expect(readAccountChange('whatsapp.account.disabled', { phone_numbers: null }, receivedAt)).toMatchObject(
      {
        phoneNumberIds: [],
        details: {},
      },
    )
  })

  test('brings no personal data along: only named fields are kept', () => {
    const item = {
      phone_numbers: [],
      contact: { wa_id: '6281200000012' },
      source: { user: 'budi', event: 'X' },
    }
    const event = readAccountChange('whatsapp.account.disabled', item, receivedAt)
    expect(event).toMatchObject({ details: { source: { event: 'X' } } })
    expect(JSON.stringify(event)).not.toMatch(/6281|budi/)
  })
})

describe('a workflow run', () => {
  const run = { workflow_execution_id: 'run_1', occurred_at: '2026-02-03T04:05:06Z' }

  test.each([
    ['waiting', 'waiting'],
    [undefined, 'handoff'],
    ['', 'handoff'],
    ['Hand Off', 'handoff'],
    [['handoff'], 'handoff'],
  ])('with the status %j is %s', (status, read) => {
    expect(readWorkflowChange('handoff', { ...run, status }, receivedAt)).toMatchObject({ status: read })
  })

  test('without a conversation or a workflow is still a run', () => {
    expect(
      readWorkflowChange('failed', { ...run, whatsapp_conversation_id: null, error: 'text' }, receivedAt),
    ).toEqual({
      kind: 'workflow',
      executionId: 'run_1',
      workflowId: null,
      status: 'failed',
      occurredAt: new Date('2026-02-03T04:05:06Z'),
      kapsoConversationId: null,
      details: {},
    })
  })
})
