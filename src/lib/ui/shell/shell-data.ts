/** What the frame around every page of a workspace shows. */
export interface ShellData {
  workspace: { id: string; slug: string; name: string }
  workspaces: { id: string; slug: string; name: string; role: string }[]
  member: { id: string; name: string; email: string; role: string }
}
