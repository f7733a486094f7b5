import { cities, givenNames, surnames } from '../dedupe/crowd.ts'
import { createRandom } from '../dedupe/random.ts'

const headings = ['Nama', 'No HP', 'Email', 'Status', 'Kota']
const statuses = ['new', 'qualified', 'customer', '']

/** Of a hundred rows, how many are of somebody known, cannot be taken over, or repeat an earlier one. */
const shares = { known: 8, invalid: 1, repeated: 1 }

/**
 * A list of customers: mostly people who are new, some whose number is known, and a few mistakes.
 *
 * @param known how many numbers from +62812 0000 0001 on are known
 * @param at which file it is: no two have a new number in common
 */
export function makeFile(rows: number, known: number, at: number): Buffer {
  const random = createRandom(97 + at)
  const lines = [headings.join(',')]
  for (let row = 0; row < rows; row++) {
    const name = `${random.pickCommon(givenNames)} ${random.pickCommon(surnames)}`
    const cells = [
      name,
      numberOf(row, known, at),
      random.isChance(0.6) ? `${name.replace(' ', '.')}${String(row)}@example.com` : '',
      random.pick(statuses),
      random.isChance(0.5) ? random.pickCommon(cities) : '',
    ]
    lines.push(cells.join(','))
  }
  return Buffer.from(lines.join('\n') + '\n')
}

function numberOf(row: number, known: number, at: number): string {
  const place = row % 100
  if (place < shares.known)
    return `0812${digits(((Math.floor(row / 100) * shares.known + place) % known) + 1)}`
  if (place < shares.known + shares.invalid) return '12'
  const isRepeated = place < shares.known + shares.invalid + shares.repeated
  return `0813-${digits(at * 1_000_000 + (isRepeated ? row + 1 : row))}`
}

const digits = (number: number) => String(number).padStart(8, '0')
