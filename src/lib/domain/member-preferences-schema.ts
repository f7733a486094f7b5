import { z } from 'zod'
import { defaultPreferences, type MemberPreferences } from './member-preferences.ts'

const paneWidth = z.number().int().min(200).max(2000)

const shape = {
  density: z.enum(['comfortable', 'compact']),
  language: z.enum(['en', 'id']).nullable(),
  undoSeconds: z.union([z.literal(0), z.literal(3), z.literal(5)]),
  areKeysOn: z.boolean(),
  keys: z
    .record(z.string().regex(/^[a-z_.]{1,40}$/), z.string().max(40))
    .refine((keys) => Object.keys(keys).length <= 200, 'At most 200 keys'),
  paneWidths: z.object({ list: paneWidth, contact: paneWidth }).nullable(),
  sort: z.enum(['newest', 'oldest', 'waiting']),
}

/** Some of the preferences, as a page sends them; anything else is refused. */
export const preferencesChangeSchema = z.strictObject(shape).partial()

/** All of them from what is stored: a field that is missing, or that no longer can be read, has its default. */
export const memberPreferencesSchema: z.ZodType<MemberPreferences> = z
  .object({
    density: shape.density.catch(defaultPreferences.density),
    language: shape.language.catch(defaultPreferences.language),
    undoSeconds: shape.undoSeconds.catch(defaultPreferences.undoSeconds),
    areKeysOn: shape.areKeysOn.catch(defaultPreferences.areKeysOn),
    keys: shape.keys.catch({}),
    paneWidths: shape.paneWidths.catch(defaultPreferences.paneWidths),
    sort: shape.sort.catch(defaultPreferences.sort),
  })
  .catch({ ...defaultPreferences })
