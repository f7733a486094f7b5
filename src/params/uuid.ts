import { isUuid } from '#lib/domain/uuid.ts'
import type { ParamMatcher } from '@sveltejs/kit'

export const match: ParamMatcher = isUuid
