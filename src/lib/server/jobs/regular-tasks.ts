import { checkGaps } from '../reconcile/check-gaps.ts'
import { compareLists } from '../reconcile/compare-lists.ts'
import { pollWebhooks } from '../reconcile/poll-webhooks.ts'
import type { ReconcileDependencies } from '../reconcile/reconcile-dependencies.ts'
import { takeStatistics } from '../database/statistics.ts'
import { resolveSettledFindings } from '../database/sync-findings.ts'
import { dropOldBodies, dropOldCounts } from './drop-old-bodies.ts'
import type { ScheduledTask } from './schedule.ts'
import { watchWebhooks } from './watch-webhooks.ts'

const minute = 60
const hour = 60 * minute
const day = 24 * hour

/** What the workers do regularly, each once per period however many workers there are. */
export function listRegularTasks(dependencies: ReconcileDependencies): ScheduledTask[] {
  const { asSystem } = dependencies
  return [
    {
      name: 'take-statistics',
      everySeconds: 10,
      leaseSeconds: 5 * minute,
      run: async () => {
        await asSystem(takeStatistics)
      },
    },
    {
      name: 'watch-webhooks',
      everySeconds: minute,
      leaseSeconds: 5 * minute,
      run: async (signal) => {
        await asSystem((database) => resolveSettledFindings(database, null))
        await watchWebhooks(asSystem, signal)
      },
    },
    {
      name: 'poll-webhooks',
      everySeconds: 5 * minute,
      leaseSeconds: hour,
      run: (signal) => pollWebhooks(dependencies, signal),
    },
    {
      name: 'check-gaps',
      everySeconds: minute,
      leaseSeconds: 6 * hour,
      run: (signal) => checkGaps(dependencies, signal),
    },
    {
      name: 'compare-lists',
      // It runs at night only, once a night.
      everySeconds: 20 * minute,
      leaseSeconds: 12 * hour,
      run: async (signal) => {
        await compareLists(dependencies, signal)
      },
    },
    {
      name: 'drop-old-bodies',
      everySeconds: hour,
      leaseSeconds: 6 * hour,
      run: async (signal) => {
        await dropOldBodies(asSystem, signal)
      },
    },
    {
      name: 'drop-old-counts',
      everySeconds: day,
      leaseSeconds: 2 * hour,
      run: (signal) => dropOldCounts(asSystem, signal),
    },
  ]
}
