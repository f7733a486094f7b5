import { buildJpeg } from './jpeg.ts'
import { buildMp4 } from './mp4.ts'
import { buildOgg } from './ogg.ts'
import { buildPdf } from './pdf.ts'
import { buildPng } from './png.ts'
import { buildAnimatedWebp, buildWebp } from './webp.ts'

/** Every kind of file that the simulator can make. `variant` (0 to 255) makes one differ from the next. */
const formats = {
  jpeg: { mimeType: 'image/jpeg', ending: 'jpeg', build: (variant: number) => buildJpeg(150, 112, variant) },
  png: { mimeType: 'image/png', ending: 'png', build: (variant: number) => buildPng(320, 240, variant) },
  webp: { mimeType: 'image/webp', ending: 'webp', build: (variant: number) => buildWebp(512, variant) },
  webp_animated: {
    mimeType: 'image/webp',
    ending: 'webp',
    build: (variant: number) => buildAnimatedWebp(512, variant),
  },
  ogg: {
    mimeType: 'audio/ogg; codecs=opus',
    ending: 'ogg',
    build: (variant: number) => buildOgg(3, variant),
  },
  mp4: { mimeType: 'video/mp4', ending: 'mp4', build: (variant: number) => buildMp4(2, variant) },
  pdf: {
    mimeType: 'application/pdf',
    ending: 'pdf',
    build: (variant: number) => buildPdf(`Invoice ${String(1000 + variant)}`),
  },
} as const

export type MediaFormat = keyof typeof formats

export const mediaFormats = Object.keys(formats) as [MediaFormat, ...MediaFormat[]]

export function describeFormat(format: MediaFormat): { mimeType: string; ending: string } {
  return formats[format]
}

/** The bytes of a file: the same format and variant always give the same. */
export function buildMediaBytes(format: MediaFormat, variant: number): Buffer {
  return formats[format].build(variant)
}
