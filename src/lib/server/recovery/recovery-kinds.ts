import { archiveDuplicates } from './archive-duplicates.ts'
import { consolidateThreads } from './consolidate-threads.ts'
import { mergeSameNumber } from './merge-same-number.ts'
import { anyKind, type AnyRecoveryKind } from './recovery-kind.ts'
import { recomputeNumbers } from './recompute-numbers.ts'
import { retractDeliveries } from './retract-deliveries.ts'

/** All kinds of recovery runs, by name. The order is that in which they are offered. */
export const recoveryKinds: ReadonlyMap<string, AnyRecoveryKind> = new Map<string, AnyRecoveryKind>([
  ['recompute_numbers', anyKind(recomputeNumbers)],
  ['merge_same_number', anyKind(mergeSameNumber)],
  ['consolidate_threads', anyKind(consolidateThreads)],
  ['archive_duplicates', anyKind(archiveDuplicates)],
  ['retract_deliveries', anyKind(retractDeliveries)],
])
