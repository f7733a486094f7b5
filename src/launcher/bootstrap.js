// Runs before `npm start` and `npm test`, on whatever Node the machine has and before anything is installed: plain
// JavaScript, Node's own modules only, and nothing newer than the version check in the lines before that check.
import { explainOldNode } from './node-version.js'

const tooOld = explainOldNode(process.versions.node, process.platform, process.arch)
if (tooOld) {
  console.error(tooOld)
  process.exitCode = 1
} else {
  import('./prepare-machine.js')
    .then(({ prepareMachine }) => prepareMachine(process.argv[2] === 'test' ? 'test' : 'start'))
    .catch((/** @type {unknown} */ error) => {
      console.error(error instanceof Error ? error.message : String(error))
      process.exitCode = 1
    })
}
