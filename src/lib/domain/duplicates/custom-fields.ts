import type { DuplicateContact } from './contact.ts'

/** What a field that the workspace made itself holds of a contact. */
export interface FieldValue {
  fieldId: string
  label: string
  kind: string
  value: string
}

const cityLabel = /^(kota|kabupaten|kota\/kabupaten|domisili|city|town)$/i
const birthLabel = /^((tanggal|tgl\.?) lahir|ulang tahun|birth ?day|birth ?date|date of birth|dob)$/i

/**
 * Custom fields as the search for duplicates knows them: a city and a date of birth by what the field is called, in
 * English and Indonesian; of other dates nothing, for appointments say nothing of who somebody is.
 */
export function readFieldValues(
  values: FieldValue[],
): Pick<DuplicateContact, 'city' | 'birthDate' | 'customTexts'> {
  const city = values.find(({ label, kind }) => kind !== 'date' && cityLabel.test(label.trim()))
  const birth = values.find(({ label, kind }) => kind === 'date' && birthLabel.test(label.trim()))
  return {
    city: city?.value ?? null,
    birthDate: birth?.value ?? null,
    customTexts: values
      .filter((value) => value !== city && value.kind !== 'date')
      .map(({ fieldId, value }) => ({ field: fieldId, value })),
  }
}
