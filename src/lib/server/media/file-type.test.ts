import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import sharp from 'sharp'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import type { MediaKind } from '../../domain/message-content.ts'
import { checkType, servedType, sniffType } from './file-type.ts'

let directory: string
beforeAll(async () => {
  directory = await mkdtemp(join(tmpdir(), 'file-type-test-'))
})
afterAll(() => rm(directory, { recursive: true }))

async function sniff(bytes: Uint8Array | string) {
  const path = join(directory, 'file')
  await writeFile(path, bytes)
  return sniffType(path)
}

const picture = sharp({ create: { width: 8, height: 8, channels: 3, background: 'teal' } })

describe('sniffType', () => {
  it('tells pictures, documents and sound by their bytes', async () => {
    expect(await sniff(await picture.clone().jpeg().toBuffer())).toBe('image/jpeg')
    expect(await sniff(await picture.clone().png().toBuffer())).toBe('image/png')
    expect(await sniff(await picture.clone().webp().toBuffer())).toBe('image/webp')
    expect(await sniff('%PDF-1.7\n%âãÏÓ\n')).toBe('application/pdf')
    expect(await sniff('#!AMR\n and sound')).toBe('audio/amr')
  })

  it.each([
    ['<!doctype html><script>alert(1)</script>', 'text/html'],
    ['\uFEFF  \n<!DOCTYPE HTML PUBLIC "x">', 'text/html'],
    ['<html lang="en">', 'text/html'],
    ['<!-- a page --><p>', 'text/html'],
    ['<script>alert(1)</script>', 'text/html'],
    ['<svg xmlns="http://www.w3.org/2000/svg" onload="alert(1)">', 'image/svg+xml'],
    ['<?xml version="1.0"?><!-- x --><svg onload="alert(1)">', 'image/svg+xml'],
    ['<?xml version="1.0"?><order/>', 'application/xml'],
    ['name;price\nkopi;3', 'application/octet-stream'],
  ])('tells %j', async (text, type) => {
    expect(await sniff(text)).toBe(type)
  })
})

describe('checkType', () => {
  const isTaken = (kind: MediaKind, type: string, declared: string | null = null) => {
    try {
      checkType(kind, type, declared)
      return true
    } catch {
      return false
    }
  }

  it('takes what each kind can be', () => {
    expect(isTaken('image', 'image/jpeg')).toBe(true)
    expect(isTaken('sticker', 'image/webp')).toBe(true)
    expect(isTaken('video', 'video/mp4')).toBe(true)
    expect(isTaken('audio', 'audio/ogg')).toBe(true)
    expect(isTaken('audio', 'video/mp4')).toBe(true)
    expect(isTaken('document', 'application/octet-stream')).toBe(true)
    expect(isTaken('document', 'image/svg+xml', 'image/svg+xml')).toBe(true)
    expect(isTaken('document', 'text/html', 'text/html')).toBe(true)
  })

  it('refuses what pretends to be something else', () => {
    for (const type of [
      'text/html',
      'image/svg+xml',
      'application/octet-stream',
      'application/pdf',
      'video/mp4',
    ]) {
      expect(isTaken('image', type, 'image/jpeg')).toBe(false)
      expect(isTaken('sticker', type, 'image/webp')).toBe(false)
    }
    expect(isTaken('video', 'text/html', 'video/mp4')).toBe(false)
    expect(isTaken('audio', 'image/png', 'audio/ogg')).toBe(false)
    expect(isTaken('document', 'text/html', 'application/pdf')).toBe(false)
  })
})

describe('servedType', () => {
  it('hands out under its own type only what a browser may show', () => {
    expect(['image/png', 'audio/ogg', 'video/mp4', 'application/pdf'].map(servedType)).toEqual([
      'image/png',
      'audio/ogg',
      'video/mp4',
      'application/pdf',
    ])
    for (const type of [
      'text/html',
      'image/svg+xml',
      'application/xml',
      'text/plain',
      'application/x-msdownload',
    ]) {
      expect(servedType(type)).toBe('application/octet-stream')
    }
  })
})
