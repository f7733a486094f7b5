import { checkGaps } from '../reconcile/check-gaps.ts'
import { compareLists } from '../reconcile/compare-lists.ts'
import { pollWebhooks } from '../reconcile/poll-webhooks.ts'
import type { ReconcileDependencies } from '../reconcile/reconcile-dependencies.ts'
import { takeStatistics } from '../database/statistics.ts'
import { resolveSettledFindings } from '../database/sync-findings.ts'
import type { MediaStore } from '../media/media-store.ts'
import { dropOldBodies, dropOldCounts } from './drop-old-bodies.ts'
import { findDuplicatesOfAll, findDuplicatesOfChanged } from './find-duplicates.ts'
import { giveOutTurnsEverywhere } from './give-out-turns.ts'
import { dropOrphanedUploads } from './drop-orphaned-uploads.ts'
import type { ScheduledTask } from './schedule.ts'
import { wakeSnoozed } from './wake-snoozed.ts'
import { syncTemplates } from './sync-templates.ts'
import { watchWebhooks } from './watch-webhooks.ts'

const minute = 60
const hour = 60 * minute
const day = 24 * hour

/** What the workers do regularly, each once per period however many workers there are. */
export function listRegularTasks(
  dependencies: ReconcileDependencies & { store: MediaStore },
): ScheduledTask[] {
  const { asSystem } = dependencies
  return [
    {
      name: 'take-statistics',
      everySeconds: 10,
      // A worker that dies of it leaves the tables unseen for that long; two that look at once do no harm.
      leaseSeconds: 30,
      run: async () => {
        await asSystem(takeStatistics)
      },
    },
    {
      name: 'wake-snoozed',
      // Whenever the schedule looks. A worker that dies of it keeps nobody asleep for long.
      everySeconds: 1,
      leaseSeconds: 15,
      run: async (signal) => {
        await wakeSnoozed(asSystem, signal)
      },
    },
    {
      name: 'give-out-turns',
      everySeconds: 1,
      leaseSeconds: 30,
      run: (signal) => giveOutTurnsEverywhere(asSystem, signal),
    },
    {
      name: 'find-duplicates',
      everySeconds: 5,
      leaseSeconds: 2 * minute,
      run: (signal) => findDuplicatesOfChanged(asSystem, signal),
    },
    {
      name: 'find-all-duplicates',
      // Those that were asked for, and once a night.
      everySeconds: 20,
      leaseSeconds: hour,
      run: (signal) => findDuplicatesOfAll(asSystem, signal),
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
      name: 'sync-templates',
      everySeconds: 5 * minute,
      leaseSeconds: hour,
      // Each number once an hour; a new one within minutes.
      run: async (signal) => {
        await syncTemplates(dependencies, null, signal)
      },
    },
    {
      name: 'drop-orphaned-uploads',
      everySeconds: hour,
      leaseSeconds: 2 * hour,
      run: async (signal) => {
        await dropOrphanedUploads(dependencies, signal)
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
