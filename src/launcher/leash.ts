// Loaded into every process that the launcher starts, before the process' own code: when the launcher is gone, however
// it ended, the channel to it closes, and this process ends as if it had been asked to.
import { isMainThread } from 'node:worker_threads'

const longestStop = 20_000

// What such a process starts itself may inherit this file, but is on somebody else's leash.
const isOnLeash = isMainThread && process.ppid === Number(process.env['LAUNCHER_PID'])

if (isOnLeash && process.channel) {
  process.once('disconnect', () => {
    setTimeout(() => process.kill(process.pid, 'SIGKILL'), longestStop).unref()
    process.kill(process.pid, 'SIGTERM')
  })
  // Listening must not keep a process alive that has nothing else to do.
  process.channel.unref()
}
