/** Calls of the simulator's own API. */

/**
 * @param {'POST' | 'PATCH' | 'DELETE'} method
 * @param {string} path below `/simulator/`
 * @param {Record<string, unknown>} [body]
 * @returns {Promise<any>} what stands under `data`
 * @throws {Error} with the words of a refusal
 */
export async function call(method, path, body) {
  const response = await fetch(`/simulator/${path}`, {
    method,
    ...(body ? { headers: { 'content-type': 'application/json' }, body: JSON.stringify(body) } : {}),
  })
  const text = await response.text()
  const answer = text ? JSON.parse(text) : {}
  if (!response.ok) throw new Error(answer.error)
  return answer.data
}
