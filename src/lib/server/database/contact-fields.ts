import { sql } from 'kysely'
import { fieldKinds, type FieldDefinition, type FieldKind } from '../../domain/contacts.ts'
import { RuleViolation } from '../../domain/rule-violation.ts'
import type { Database } from './database.ts'

/** The fields that a workspace made, in their order. */
export async function listContactFields(
  database: Database,
  workspaceId: string,
  { withArchived = false } = {},
): Promise<FieldDefinition[]> {
  let query = database
    .selectFrom('contact_field_definitions')
    .select(['id', 'label', 'kind', 'choices', 'archived_at'])
    .where('workspace_id', '=', workspaceId)
    .orderBy('position')
    .orderBy('id')
  if (!withArchived) query = query.where('archived_at', 'is', null)
  const rows = await query.execute()
  return rows.map(({ archived_at, kind, ...row }) => ({
    ...row,
    kind: toKind(kind),
    isArchived: archived_at !== null,
  }))
}

/**
 * Makes a field, as an owner or admin.
 *
 * @returns its id
 * @throws RuleViolation `name_taken`, `name_length`, `choices_invalid`, `too_many_fields`, `not_allowed`
 */
export async function createContactField(
  database: Database,
  workspaceId: string,
  field: Pick<FieldDefinition, 'label' | 'kind' | 'choices'>,
): Promise<string> {
  const { rows } = await sql<{ id: string }>`
    select private.create_contact_field(
      ${workspaceId}, ${field.label}, ${field.kind}, ${tidyChoices(field.choices)}::text[]
    ) as id
  `
    .execute(database)
    .catch(throwFieldViolation)
  const id = rows[0]?.id
  if (id === undefined) throw new Error('no field was made')
  return id
}

/** What is left out stays. */
export interface FieldEdit {
  label?: string
  choices?: string[]
  position?: number
  isArchived?: boolean
}

/**
 * Changes a field, as an owner or admin. Values of an archived one are kept, and shown again when it is brought back.
 *
 * @throws RuleViolation as createContactField, and `field_not_found`
 */
export async function changeContactField(
  database: Database,
  workspaceId: string,
  fieldId: string,
  { label, choices, position, isArchived }: FieldEdit,
): Promise<void> {
  await sql`
    select private.change_contact_field(
      ${workspaceId}, ${fieldId}, ${label ?? null}, ${choices === undefined ? null : tidyChoices(choices)}::text[],
      ${position ?? null}, ${isArchived ?? null}
    )
  `
    .execute(database)
    .catch(throwFieldViolation)
}

/** In how many contacts each field is filled in, by its id. */
export async function countFieldValues(
  database: Database,
  workspaceId: string,
): Promise<Map<string, number>> {
  const rows = await database
    .selectFrom('contact_field_values')
    .where('workspace_id', '=', workspaceId)
    .groupBy('field_id')
    .select(['field_id', sql<number>`count(*)::int`.as('count')])
    .execute()
  return new Map(rows.map((row) => [row.field_id, row.count]))
}

function toKind(stored: string): FieldKind {
  return fieldKinds.find((kind) => kind === stored) ?? 'text'
}

function tidyChoices(choices: readonly string[]): string[] {
  return [...new Set(choices.map((choice) => choice.trim()).filter((choice) => choice !== ''))]
}

const refusals: Readonly<Record<string, string>> = {
  too_many_fields: 'A workspace has 50 fields at most.',
  field_not_found: 'This field does not exist.',
  not_allowed: 'Only owners and admins change fields.',
}

function throwFieldViolation(error: unknown): never {
  if (!(error instanceof Error) || !('code' in error)) throw error
  const { code } = error
  if (code === '23505') throw new RuleViolation('name_taken', 'There is a field of this name.')
  if (code === '23514') {
    const isLabel = 'constraint' in error && String(error.constraint).includes('label')
    throw isLabel
      ? new RuleViolation('name_length', 'A field has a name of 1 to 60 characters.')
      : new RuleViolation('choices_invalid', 'A choice has 1 to 100 choices, other kinds have none.')
  }
  const words = code === 'P0001' || code === '42501' ? refusals[error.message] : undefined
  throw words === undefined ? error : new RuleViolation(error.message, words)
}
