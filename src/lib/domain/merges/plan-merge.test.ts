import { expect, test } from 'vitest'
import type { FieldSource } from '../contacts.ts'
import { hashPlan } from './hash-plan.ts'
import type { MergeFacts, MergeSide, MergeValue } from './merge-facts.ts'
import { planMerge } from './plan-merge.ts'
import { resolveChoices } from './read-choices.ts'

const value = (
  from: string,
  text: string,
  source: FieldSource | null = 'staff',
  asOf: string | null = '2026-01-01T00:00:00.000Z',
): MergeValue => ({ value: text, source, asOf, from })

const side = (id: string, facts: Partial<MergeSide> = {}): MergeSide => ({
  id,
  title: id,
  address: null,
  createdAt: '2026-01-01T00:00:00.000Z',
  partIds: [id],
  values: {},
  identities: [],
  labelIds: [],
  isOptedOut: false,
  blockLevel: null,
  counts: { conversations: 1, messages: 10, notes: 2 },
  open: [],
  ...facts,
})

const facts = (...sides: MergeSide[]): MergeFacts => ({
  sides,
  definitions: [{ id: 'size', label: 'Size', kind: 'number', choices: [], isArchived: false }],
})

test('who has the most trusted name goes on, of those the oldest, unless somebody chose', () => {
  const older = side('a', { values: { name: value('a', 'Ani', 'whatsapp_profile') } })
  const named = side('b', { createdAt: '2026-02-01T00:00:00.000Z', values: { name: value('b', 'Budi') } })
  expect(planMerge(facts(older, named))).toMatchObject({ survivorId: 'b', survivorReason: 'source' })
  expect(planMerge(facts(older, named), 'a')).toMatchObject({ survivorId: 'a', survivorReason: 'chosen' })
  const unnamed = side('c', { createdAt: '2026-03-01T00:00:00.000Z' })
  expect(planMerge(facts(unnamed, side('d')))).toMatchObject({ survivorId: 'd', survivorReason: 'older' })
})

test('tells only fields that differ, with the side that is taken by default and why', () => {
  const plan = planMerge(
    facts(
      side('a', {
        values: {
          name: value('a', 'Ani', 'import', '2026-09-01T00:00:00.000Z'),
          email: value('a', 'one@example.com'),
          lead_status: value('a', 'new', null, null),
        },
      }),
      side('b', {
        values: {
          name: value('b', 'Budi', 'staff'),
          email: value('b', 'one@example.com'),
          lead_status: value('b', 'customer', 'bot'),
          'field:size': value('b', '4'),
        },
      }),
    ),
    'a',
  )
  expect(plan.fields.map(({ field, defaultSide, reason }) => [field, defaultSide, reason])).toEqual([
    ['name', 'b', 'source'],
    ['lead_status', 'b', 'source'],
    ['field:size', 'b', 'only'],
  ])
})

test('of one source the later value is taken, and of one time the survivor’s', () => {
  const sides = [
    side('a', { values: { name: value('a', 'Ani'), email: value('a', 'a@example.com') } }),
    side('b', {
      values: {
        name: value('b', 'Budi', 'staff', '2026-05-01T00:00:00.000Z'),
        email: value('b', 'b@example.com'),
      },
    }),
  ]
  const reasons = (survivor: string) =>
    planMerge(facts(...sides), survivor).fields.map(({ defaultSide, reason }) => [defaultSide, reason])
  expect(reasons('a')).toEqual([
    ['b', 'newer'],
    ['a', 'survivor'],
  ])
  expect(reasons('b')).toEqual([
    ['b', 'newer'],
    ['b', 'survivor'],
  ])
})

test('unites what both have, counts what comes along, and says how conflicts end', () => {
  const open = (id: string) => [
    { conversationId: `t${id}`, channelId: 'sales', channelName: 'Sales', address: id },
  ]
  const plan = planMerge(
    facts(
      side('a', {
        values: { owner: value('a', 'u1') },
        labelIds: ['vip'],
        isOptedOut: true,
        blockLevel: 'mute',
        open: open('a'),
      }),
      side('b', {
        values: { owner: value('b', 'u2') },
        labelIds: ['vip', 'new'],
        blockLevel: 'drop',
        open: open('b'),
      }),
    ),
    'a',
  )
  expect(plan.united.labelIds).toEqual(['vip', 'new'])
  expect(plan.comesAlong).toEqual({ conversations: 1, messages: 10, notes: 2 })
  expect(plan.conflicts).toMatchObject([
    { kind: 'owners' },
    { kind: 'opt_out', contactIds: ['a'] },
    { kind: 'block', level: 'drop' },
    { kind: 'open_conversations', channelName: 'Sales', conversations: [{ address: 'a' }, { address: 'b' }] },
  ])
})

test('the hash stands for what the plan rests on, and not for messages', () => {
  const ani = side('a', { values: { name: value('a', 'Ani') } })
  const budi = side('b', { values: { name: value('b', 'Budi') } })
  const hash = hashPlan(facts(ani, budi), 'a')
  expect(hash).toMatch(/^[0-9a-f]{64}$/)
  const busy = { ...budi, counts: { conversations: 2, messages: 11, notes: 2 }, labelIds: ['vip'] }
  expect(hashPlan(facts(busy, ani), 'a')).toBe(hash)
  expect(hashPlan(facts(ani, budi), 'b')).not.toBe(hash)
  expect(hashPlan(facts(ani, budi), 'a', { name: 'b' })).not.toBe(hash)
  for (const changed of [
    { values: { name: value('b', 'Budiman') } },
    { values: { name: value('b', 'Budi', 'import') } },
    { partIds: ['b', 'c'] },
    { isOptedOut: true },
    { blockLevel: 'mute' as const },
    { identities: [{ id: 'i', address: null, profileName: null }] },
  ])
    expect(hashPlan(facts(ani, { ...budi, ...changed }), 'a')).not.toBe(hash)
})

test('takes sides, and values that were typed in the spelling of their field', () => {
  const sides = facts(
    side('a', { values: { name: value('a', 'Ani'), 'field:size': value('a', '4') } }),
    side('b', { values: { name: value('b', 'Budi') } }),
  )
  const plan = planMerge(sides, 'a')
  const at = new Date('2026-06-01T00:00:00.000Z')
  expect(
    resolveChoices(sides, plan, { name: { custom: ' Ani B. ' }, 'field:size': { custom: '4.50' } }, at),
  ).toEqual({
    name: { value: 'Ani B.', source: 'staff', asOf: at.toISOString(), from: 'custom' },
    'field:size': { value: '4.5', source: 'staff', asOf: at.toISOString(), from: 'custom' },
  })
  const refusal = (choices: Parameters<typeof resolveChoices>[2]) => {
    try {
      return resolveChoices(sides, plan, choices, at)
    } catch (error) {
      return (error as { code: string }).code
    }
  }
  expect(refusal({ name: { custom: '' } })).toBe('name_length')
  expect(refusal({ 'field:size': { custom: 'big' } })).toBe('field_value_invalid')
  // Nobody has a side without a value.
  expect(refusal({ 'field:size': 'b' })).toBe('choice_invalid')
})
