import { describe, expect, it } from 'vitest'
import { judgeUpload } from './upload-rules.ts'

describe('judgeUpload', () => {
  it.each([
    ['a.jpg', 'image/jpeg', 'image', 'image/jpeg'],
    ['voice', 'audio/webm;codecs=opus', 'audio', 'audio/webm'],
    ['a.m4a', 'audio/x-m4a', 'audio', 'audio/mp4'],
    ['Laporan.XLSX', '', 'document', 'application/vnd.openxmlformats-officedocument.spreadsheetml.sheet'],
    ['list.csv', 'application/octet-stream', 'document', 'text/csv'],
  ])('takes %s (%s) as %s', (fileName, mimeType, kind, type) => {
    expect(judgeUpload({ fileName, mimeType, byteSize: 10 })).toEqual({
      isAccepted: true,
      kind,
      mimeType: type,
    })
  })

  it.each([
    ['a.exe', ''],
    ['a.jpg', 'image/svg+xml'],
    ['a.webp', 'image/webp'],
    ['photo', ''],
  ])('refuses %s (%s)', (fileName, mimeType) => {
    expect(judgeUpload({ fileName, mimeType, byteSize: 10 })).toMatchObject({ code: 'file_type' })
  })

  it('knows the limit of each kind', () => {
    const limits = { 'image/png': 5, 'video/mp4': 16, 'audio/ogg': 16, 'application/pdf': 100 }
    for (const [mimeType, mebibytes] of Object.entries(limits)) {
      const byteSize = mebibytes * 1024 * 1024
      expect(judgeUpload({ fileName: 'a', mimeType, byteSize }).isAccepted).toBe(true)
      expect(judgeUpload({ fileName: 'a', mimeType, byteSize: byteSize + 1 })).toMatchObject({
        code: 'too_large',
        limit: byteSize,
      })
    }
    expect(judgeUpload({ fileName: 'a', mimeType: 'image/png', byteSize: 0 })).toMatchObject({
      code: 'empty_file',
    })
  })
})
