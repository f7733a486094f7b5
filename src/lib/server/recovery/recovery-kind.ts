import type { z } from 'zod'
import type { Json } from '../../domain/recovery/recovery-run.ts'
import type { Database } from '../database/database.ts'
import type { Sealer } from '../secrets/sealing.ts'

/** One thing that a run would change. before and after are what stands there now and what will; both are kept for the undo. */
export interface RecoveryItem {
  /** A uuid or a stable text, unique within the run. */
  subject: string
  /** Whatever the kind needs; `shown` of an object is what people read of it, in no language: numbers, names, times. */
  before: Json
  after: Json
  /** A code with words in recovery.json: recovery_why_<code>. */
  why: string
  /** True for what is only reported: `why` says why it is left as it is. Neither apply nor undo is given it. */
  isLeft?: boolean
  /** What the report leads to. Rows of this workspace. */
  contactId?: string | null
  conversationId?: string | null
}

export interface RecoveryScope<P> {
  workspaceId: string
  runId: string
  /** Who asked for the step that is under way: an owner or admin at that time. */
  memberId: string
  parameters: P
}

/** `why` is a code with words in recovery.json, as with items. `after` takes the place of the item's. */
export interface ItemOutcome {
  subject: string
  outcome: 'applied' | 'skipped' | 'undone' | 'kept'
  why?: string
  after?: Json
}

/**
 * A kind of recovery run. All but `checkParameters` is called by whoever works on the run, as `my21_worker` past
 * row-level security, in a transaction that holds the run's row, and in which `private.my_user_id()` is
 * `scope.memberId`: history names who asked, and functions that ask for an owner or admin answer. Rows of
 * `contact_changes`, `contact_joins` and `conversation_joins` that are made meanwhile carry the run's id by themselves.
 * A member who asked and is none any more by then ends the step as failed (an exception with 42501 does).
 */
export interface RecoveryKind<P> {
  parameters: z.ZodType<P>
  /**
   * Looks at parameters as the workspace is now, before a run is made. In the transaction of who asks: a member's, under
   * row-level security, or the command line's.
   *
   * @throws RuleViolation with a code of `recoveryRefusals`
   */
  checkParameters?(database: Database, workspaceId: string, parameters: P): Promise<void>
  /** The next items in a stable order, behind `after`; null ends the plan. Writes nothing but its own notes. */
  plan(
    database: Database,
    scope: RecoveryScope<P>,
    after: string | null,
  ): Promise<{ items: RecoveryItem[]; after: string | null }>
  /** Changes up to a few hundred items in this transaction, each only where its `before` still holds under lock. */
  apply(
    transaction: Database,
    scope: RecoveryScope<P>,
    items: readonly RecoveryItem[],
  ): Promise<ItemOutcome[]>
  /** Takes applied items back, where their `after` still holds. Last ones first. */
  undo(transaction: Database, scope: RecoveryScope<P>, items: readonly RecoveryItem[]): Promise<ItemOutcome[]>
  /**
   * Once, before the first item is applied, in the transaction of the worker that notes that it was done (for example a
   * secret rotated). What it returns is kept sealed, shown to an owner or admin once, and gone then. Null shows nothing.
   */
  begin?(transaction: Database, scope: RecoveryScope<P>, tools: { sealer: Sealer }): Promise<Json>
  /** Once, after the last item was taken back, in the transaction that ends the undo. */
  end?(transaction: Database, scope: RecoveryScope<P>): Promise<void>
  /** How many items are given to apply and undo at once; 200 where nothing is said. */
  itemsAtATime?: number
}

/** A kind whatever its parameters are: what the frame works with. */
export interface AnyRecoveryKind {
  /** Undefined where they are not what the kind asks for. */
  read(parameters: unknown): Json | undefined
  checkParameters(database: Database, workspaceId: string, parameters: Json): Promise<void>
  bind(scope: RecoveryScope<Json>): BoundKind
  itemsAtATime: number
}

/** A kind with a run's own parameters. */
export interface BoundKind {
  plan(database: Database, after: string | null): Promise<{ items: RecoveryItem[]; after: string | null }>
  apply(transaction: Database, items: readonly RecoveryItem[]): Promise<ItemOutcome[]>
  undo(transaction: Database, items: readonly RecoveryItem[]): Promise<ItemOutcome[]>
  begin(transaction: Database, tools: { sealer: Sealer }): Promise<Json>
  end(transaction: Database): Promise<void>
}

/** Makes kinds with different parameters one type, so that they stand in one list. */
export function anyKind<P extends Json>(kind: RecoveryKind<P>): AnyRecoveryKind {
  return {
    itemsAtATime: kind.itemsAtATime ?? 200,
    read: (parameters) => kind.parameters.safeParse(parameters).data,
    checkParameters: async (database, workspaceId, parameters) =>
      kind.checkParameters?.(database, workspaceId, kind.parameters.parse(parameters)),
    bind: (anyScope) => {
      const scope = { ...anyScope, parameters: kind.parameters.parse(anyScope.parameters) }
      return {
        plan: (database, after) => kind.plan(database, scope, after),
        apply: (transaction, items) => kind.apply(transaction, scope, items),
        undo: (transaction, items) => kind.undo(transaction, scope, items),
        begin: async (transaction, tools) => (await kind.begin?.(transaction, scope, tools)) ?? null,
        end: async (transaction) => kind.end?.(transaction, scope),
      }
    },
  }
}
