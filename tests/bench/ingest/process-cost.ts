import { readFileSync, readdirSync } from 'node:fs'

const ticksPerSecond = 100

/** Seconds of processor time that a process and all it ever started have used. */
export function processorSeconds(processId: number): number {
  const parents = readParents()
  let seconds = readSeconds(processId)
  for (const child of parents.filter((entry) => entry.parent === processId)) seconds += readSeconds(child.id)
  return seconds
}

function readParents(): { id: number; parent: number }[] {
  return readdirSync('/proc')
    .filter((name) => /^\d+$/.test(name))
    .flatMap((name) => {
      const fields = readFields(Number(name))
      return fields === undefined ? [] : [{ id: Number(name), parent: Number(fields[1]) }]
    })
}

function readSeconds(processId: number): number {
  const fields = readFields(processId)
  if (fields === undefined) return 0
  // User and system time, and those of children that have ended (proc(5): utime, stime, cutime, cstime).
  const ticks = fields.slice(11, 15).reduce((sum, field) => sum + Number(field), 0)
  return ticks / ticksPerSecond
}

/** The fields of /proc/<id>/stat from the state on; undefined when the process is gone. */
function readFields(processId: number): string[] | undefined {
  try {
    const line = readFileSync(`/proc/${String(processId)}/stat`, 'utf8')
    return line.slice(line.lastIndexOf(')') + 2).split(' ')
  } catch {
    return undefined
  }
}
