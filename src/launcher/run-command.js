import { spawn } from 'node:child_process'
import { constants } from 'node:os'

/**
 * @typedef {object} CommandResult
 * @property {boolean} isDone it ended by itself with exit code 0
 * @property {boolean} isTimedOut
 * @property {string} output the end of what it printed
 */

/** @type {NodeJS.Signals[]} */
const endings = ['SIGINT', 'SIGTERM', 'SIGHUP']

/**
 * Runs a command without a terminal and keeps what it prints. When this process is told to end meanwhile, the command
 * is told so too, and this process ends after it.
 *
 * @param {string} command
 * @param {string[]} args
 * @param {{ cwd: string, env?: NodeJS.ProcessEnv, total?: number, idle?: number, shell?: boolean }} options
 *   total and idle: milliseconds after which it is ended, all in all and since it last printed something
 * @returns {Promise<CommandResult>}
 */
export function runCommand(command, args, { cwd, env, total, idle, shell = false }) {
  return new Promise((resolve) => {
    const child = spawn(command, args, {
      cwd,
      env: env ?? process.env,
      shell,
      stdio: ['ignore', 'pipe', 'pipe'],
    })
    let output = ''
    let isTimedOut = false
    const expire = () => {
      isTimedOut = true
      child.kill('SIGTERM')
      setTimeout(() => child.kill('SIGKILL'), 5000).unref()
    }
    const totalTimer = total === undefined ? undefined : setTimeout(expire, total)
    const idleTimer = idle === undefined ? undefined : setTimeout(expire, idle)
    for (const stream of [child.stdout, child.stderr]) {
      stream.setEncoding('utf8').on('data', (/** @type {string} */ chunk) => {
        output = (output + chunk).slice(-100_000)
        idleTimer?.refresh()
      })
    }

    const end = (/** @type {NodeJS.Signals} */ signal) => {
      child.kill(signal)
      child.once('close', () => process.exit(128 + constants.signals[signal]))
    }
    for (const signal of endings) process.on(signal, end)
    const finish = (/** @type {boolean} */ isDone) => {
      clearTimeout(totalTimer)
      clearTimeout(idleTimer)
      for (const signal of endings) process.off(signal, end)
      resolve({ isDone, isTimedOut, output })
    }
    child.once('error', (error) => {
      output += error.message
      finish(false)
    })
    child.once('close', (code) => finish(code === 0))
  })
}
