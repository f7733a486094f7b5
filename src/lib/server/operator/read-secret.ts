import { readFile } from 'node:fs/promises'
import { text } from 'node:stream/consumers'
import { OperatorError } from './operator-error.ts'

/** Where a secret may come from. On the command line itself it shows in the list of processes. */
export interface SecretSource {
  /** The option's value; `-` stands for standard input. */
  value?: string | undefined
  file?: string | undefined
  /** What the environment says, where neither option is given. */
  fallback?: string | undefined
}

/**
 * Reads a secret without the line break at its end.
 *
 * @param label what the secret is, for messages: `owner password`
 * @returns undefined when none is given
 * @throws OperatorError when the file cannot be read or what was read is empty
 */
export async function readSecret(
  label: string,
  source: SecretSource,
  input: NodeJS.ReadableStream,
): Promise<string | undefined> {
  const raw = await readRaw(label, source, input)
  if (raw === undefined) return undefined
  const secret = raw.replace(/\r?\n$/, '')
  if (secret === '') throw new OperatorError(`The ${label} is empty.`)
  return secret
}

async function readRaw(label: string, { value, file, fallback }: SecretSource, input: NodeJS.ReadableStream) {
  if (value === '-') return text(input)
  if (value !== undefined) return value
  if (file === undefined) return fallback
  return readFile(file, 'utf8').catch(() => {
    throw new OperatorError(`The file with the ${label} cannot be read.`)
  })
}
