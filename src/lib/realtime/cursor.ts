/**
 * A cursor is a transaction id of Postgres (`xid8`) in decimal. The list and the open thread were read at different
 * moments; one request serves both if it asks from the earlier of the two, for rows may come again.
 */
export function earlierCursor(left: string, right: string): string {
  return isLaterCursor(left, right) ? right : left
}

/** Whether `left` was taken after `right`. */
export function isLaterCursor(left: string, right: string): boolean {
  if (left.length !== right.length) return left.length > right.length
  return left > right
}
