/** Where a browser puts a file, in the bucket "media"; no hash of bytes looks like it. */
export function uploadPath(workspaceId: string, uploadId: string): string {
  return `${workspaceId}/uploads/${uploadId}`
}
