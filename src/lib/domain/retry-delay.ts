/** After so many tries a stored event becomes a dead letter that a person looks at. */
export const mostApplyAttempts = 5

const firstSeconds = 5
const longestSeconds = 600

/**
 * How long an event that could not be applied waits for its next try: four times as long each time, so that the last
 * try comes some minutes after the first.
 *
 * @param attempts tries that have failed, 1 or more
 * @param random 0 to 1: spreads what failed together over half to one and a half times the delay
 * @returns whole seconds
 */
export function retryDelaySeconds(attempts: number, random: number): number {
  const delay = Math.min(longestSeconds, firstSeconds * 4 ** (attempts - 1))
  return Math.ceil(delay * (0.5 + random))
}
