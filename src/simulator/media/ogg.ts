const crcTable = Array.from({ length: 256 }, (_, byte) => {
  let value = byte << 24
  for (let bit = 0; bit < 8; bit += 1) value = (value << 1) ^ (value & 0x80000000 ? 0x04c11db7 : 0)
  return value >>> 0
})

function checksum(page: Buffer): number {
  let value = 0
  for (const byte of page) value = ((value << 8) ^ (crcTable[(value >>> 24) ^ byte] ?? 0)) >>> 0
  return value
}

function buildPage(
  packets: Buffer[],
  sequence: number,
  granule: number,
  flags: number,
  serial: number,
): Buffer {
  const lacing = packets.flatMap(({ length }) => [
    ...Array<number>(Math.floor(length / 255)).fill(255),
    length % 255,
  ])
  const head = Buffer.alloc(27)
  head.write('OggS', 'latin1')
  head[5] = flags
  head.writeBigUInt64LE(BigInt(granule), 6)
  head.writeUInt32LE(serial, 14)
  head.writeUInt32LE(sequence, 18)
  head[26] = lacing.length
  const page = Buffer.concat([head, Buffer.from(lacing), ...packets])
  page.writeUInt32LE(checksum(page), 22)
  return page
}

/** A voice message without a sound: Ogg (RFC 3533) with Opus (RFC 7845), one channel, packets of 20 ms. */
export function buildOgg(seconds: number, serial: number): Buffer {
  const head = Buffer.alloc(19)
  head.write('OpusHead', 'latin1')
  head[8] = 1
  head[9] = 1
  head.writeUInt16LE(312, 10)
  head.writeUInt32LE(48_000, 12)
  const vendor = Buffer.from('simulator', 'latin1')
  const tags = Buffer.alloc(8 + 4 + vendor.length + 4)
  tags.write('OpusTags', 'latin1')
  tags.writeUInt32LE(vendor.length, 8)
  vendor.copy(tags, 12)
  const silence = Buffer.from([0xf8, 0xff, 0xfe])
  const pages = Array.from({ length: seconds }, (_, place) => {
    const isLast = place === seconds - 1
    const packets = Array<Buffer>(50).fill(silence)
    return buildPage(packets, place + 2, (place + 1) * 48_000, isLast ? 4 : 0, serial)
  })
  return Buffer.concat([buildPage([head], 0, 0, 2, serial), buildPage([tags], 1, 0, 0, serial), ...pages])
}
