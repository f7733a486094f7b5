/**
 * The private channel of everybody in a workspace. The database broadcasts on it, ids only, that something changed
 * (`conversations_changed`, `reads_changed`). What changed is asked for; a broadcast may be lost, doubled or late, and
 * nothing depends on its content.
 */
export function workspaceTopic(workspaceId: string): string {
  return `workspace:${workspaceId}`
}
