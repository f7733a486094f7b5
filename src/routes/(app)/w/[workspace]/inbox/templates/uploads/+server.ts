import type { RequestHandler } from './$types'
import { answerUpload } from '../../answer-upload.ts'

/** A place in Storage for the file that a template begins with. Answers Upload. */
export const POST: RequestHandler = answerUpload
