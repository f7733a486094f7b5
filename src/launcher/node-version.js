/** Platforms for which package.json brings its own Node: an npm script then runs on that, whatever the machine has. */
const platformsWithNode = ['linux-x64', 'linux-arm64', 'win32-x64']

/**
 * Says in one line why this Node is too old to begin with, or gives undefined.
 *
 * @param {string} version such as `20.20.2`
 * @param {string} platform as in process.platform
 * @param {string} arch as in process.arch
 * @returns {string | undefined}
 */
export function explainOldNode(version, platform, arch) {
  if (platformsWithNode.includes(`${platform}-${arch}`)) {
    if (isAtLeast(version, 20, 20)) return undefined
    return `Node ${version} is too old: my21staff needs Node 20.20 or newer to install itself.`
  }
  // From 22.18 on, Node runs TypeScript without a flag.
  if (isAtLeast(version, 22, 18)) return undefined
  return `Node ${version} is too old: on ${platform} ${arch} my21staff needs Node 22.18 or newer.`
}

/**
 * @param {string} version
 * @param {number} major
 * @param {number} minor
 */
export function isAtLeast(version, major, minor) {
  const parts = version.split('.').map(Number)
  const [ownMajor = 0, ownMinor = 0] = parts
  return ownMajor > major || (ownMajor === major && ownMinor >= minor)
}
