import type { RequestHandler } from './$types'
import { answerUpload } from '../../answer-upload.ts'

/** A place in Storage for a file of a saved reply. Answers Upload. */
export const POST: RequestHandler = answerUpload
