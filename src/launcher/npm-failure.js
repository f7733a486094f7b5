const networkCodes = [
  'ENOTFOUND',
  'EAI_AGAIN',
  'ECONNREFUSED',
  'ECONNRESET',
  'ETIMEDOUT',
  'ENETUNREACH',
  'EHOSTUNREACH',
  'ERR_SOCKET_TIMEOUT',
  'EIDLETIMEOUT',
  'FETCH_ERROR',
]

/**
 * Turns what npm printed before it failed into one line for people.
 *
 * @param {string} output npm's standard output and error
 * @param {string} root the project's folder
 * @returns {string}
 */
export function explainNpmFailure(output, root) {
  const lines = output
    .split('\n')
    .map((line) => /^npm error (.+)$/.exec(line.trim())?.[1] ?? '')
    .filter((line) => line !== '' && !line.startsWith('A complete log'))
  const code = readCode(output)
  const reason =
    lines.find((line) => !/^(code|errno|syscall|path|dest|network|type) /.test(line)) ??
    output.trim().split('\n').at(-1)

  if (isNetworkFailure(output)) {
    return `No network: npm cannot reach its package registry (${code}). Connect, or set npm's registry or proxy, then try again.`
  }
  if (code === 'ENOSPC' || /\bENOSPC\b/.test(output)) return explainFullDisk(root)
  if (code === 'EACCES' || code === 'EPERM' || code === 'EROFS') {
    const path = lines.map((line) => /^path (.+)$/.exec(line)?.[1]).find(Boolean) ?? root
    return `No permission: npm may not write to ${path}.`
  }
  if (/^E[45]\d\d$/.test(code)) return `The package registry refused (${code}): ${withoutCode(reason, code)}`
  if (code === 'EINTEGRITY') {
    return `The package registry gave a package that is not the one in package-lock.json: ${withoutCode(reason, code)}`
  }
  if (code === 'EUSAGE')
    return 'package-lock.json does not fit package.json: run npm install, then npm run lock.'
  return `npm ci failed: ${code} ${reason ?? 'it said nothing'}`
}

/**
 * @param {string} output
 * @returns {boolean}
 */
export function isNetworkFailure(output) {
  return networkCodes.includes(readCode(output))
}

/** @param {string} output */
function readCode(output) {
  return /^npm error code (\S+)$/m.exec(output)?.[1] ?? ''
}

/**
 * @param {string} root
 * @returns {string}
 */
export function explainFullDisk(root) {
  return `No disk space: installing needs about 1.5 GB free for ${root} and npm's cache.`
}

/**
 * @param {string | undefined} reason
 * @param {string} code
 */
function withoutCode(reason, code) {
  return (reason ?? '').replace(`${code.slice(1)} `, '')
}
