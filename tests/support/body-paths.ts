/** Every key path of a JSON value with the types found there, such as `message.kapso.statuses[].status` → string. */
export type BodyPaths = Map<string, Set<string>>

function typeOf(value: unknown): string {
  if (value === null) return 'null'
  return Array.isArray(value) ? 'array' : typeof value
}

/** Adds the paths of a value to a collection. The root itself is not a path. */
export function addPaths(paths: BodyPaths, value: unknown, path = ''): BodyPaths {
  if (path !== '') {
    const types = paths.get(path) ?? new Set()
    paths.set(path, types.add(typeOf(value)))
  }
  if (Array.isArray(value)) {
    for (const one of value) addPaths(paths, one, `${path}[]`)
  } else if (typeof value === 'object' && value !== null) {
    for (const [key, one] of Object.entries(value)) addPaths(paths, one, path === '' ? key : `${path}.${key}`)
  }
  return paths
}

/** Paths of `given` that `known` lacks, or has with other types. */
export function findStrangers(known: BodyPaths, given: BodyPaths): string[] {
  return [...given].flatMap(([path, types]) => {
    const allowed = known.get(path)
    if (!allowed) return [path]
    return [...types].filter((type) => !allowed.has(type)).map((type) => `${path}: ${type}`)
  })
}
