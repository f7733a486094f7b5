import { z } from 'zod'
import { inboxViews, leadStatuses, listSorts } from './inbox-views.ts'

/** A filter as a page sends it and as it is kept with a saved view; see ListFilter. */
export const listFilterSchema = z.strictObject({
  view: z.enum(inboxViews),
  channelId: z.uuid().optional(),
  labelId: z.uuid().optional(),
  assigneeId: z.union([z.literal('none'), z.uuid()]).optional(),
  teamId: z.uuid().optional(),
  leadStatus: z.enum(leadStatuses).optional(),
  unread: z.boolean().optional(),
})

export const listSortSchema = z.enum(listSorts)

const viewShape = {
  name: z.string().trim().min(1).max(60),
  filter: listFilterSchema,
  sort: listSortSchema,
  isShared: z.boolean(),
}

/** What `POST views` takes. */
export const newViewSchema = z.strictObject(viewShape)

/** What `PATCH views/{id}` takes. */
export const viewChangeSchema = z.strictObject(viewShape).partial()
