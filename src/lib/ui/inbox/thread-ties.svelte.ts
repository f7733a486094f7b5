import type { ThreadMessage } from '#lib/domain/inbox.ts'
import type {
  SplitPreview,
  SplitSelection,
  ThreadAddress,
  ThreadTies,
} from '#lib/domain/threads/thread-merges.ts'
import { createContext } from 'svelte'
import type { AskConversation } from './thread-requests.ts'

/** What is open about merging and splitting. */
export type TieDialog =
  | { kind: 'merge' }
  /** From a message on, up to it, or whatever the reader chooses. */
  | { kind: 'split'; messageId: string | null; side: 'from' | 'to' }

/** What a conversation was merged of and split into, and which of its accounts is written to. */
export class ThreadTiesState {
  value = $state.raw<ThreadTies | null>(null)
  dialog = $state.raw<TieDialog | null>(null)
  readonly conversationId: string
  /** Owners and admins merge and split; others propose merges. */
  readonly mayTie: boolean
  readonly #ask: AskConversation
  /** Outlives the pane, as what is being written does. */
  readonly #choice: { addressChoice: string | null }

  constructor(
    conversationId: string,
    mayTie: boolean,
    ask: AskConversation,
    choice: { addressChoice: string | null },
  ) {
    this.conversationId = conversationId
    this.mayTie = mayTie
    this.#ask = ask
    this.#choice = choice
  }

  /** The accounts to choose from; none where there is only one. */
  get addresses(): ThreadAddress[] {
    const addresses = this.value?.addresses ?? []
    return addresses.length > 1 ? addresses : []
  }

  /** The account that is written to: the chosen one, else that of the customer's last message. Null until it is known. */
  get address(): ThreadAddress | null {
    const addresses = this.value?.addresses ?? []
    const find = (id: string | null | undefined) => addresses.find((address) => address.id === id)
    return find(this.#choice.addressChoice) ?? find(this.value?.defaultAddressId) ?? addresses[0] ?? null
  }

  choose(addressId: string): void {
    this.#choice.addressChoice = addressId
  }

  /** What is being written goes on to the same account, whoever of them writes meanwhile. */
  keepAddress(): void {
    if (this.addresses.length > 0 && this.address !== null) this.choose(this.address.id)
  }

  /** WhatsApp knows a quoted message in the chat of its own account alone. */
  chooseFor(message: ThreadMessage): void {
    const threadId = message.threadId ?? message.conversationId
    const own = this.addresses.find(({ threadIds }) => threadIds.includes(threadId))
    if (own) this.choose(own.id)
  }

  /** Asks anew; what was known stays where there is no answer. */
  async load(): Promise<void> {
    const answer = await this.#ask(this.conversationId, 'ties', 'GET').catch(() => null)
    if (answer !== null) this.value = answer as ThreadTies
  }

  /** These and what follows reject with `RequestFailed`. */
  merge(conversationIds: string[], reason: string): Promise<unknown> {
    return this.#act('merges', 'POST', { conversationIds, reason })
  }

  /** For those who may not merge: an owner or admin decides. */
  propose(conversationId: string, reason: string): Promise<unknown> {
    return this.#act('proposals', 'POST', { conversationId, reason })
  }

  undoMerge(joinId: string): Promise<unknown> {
    return this.#act(`merges/${joinId}`, 'DELETE')
  }

  async preview(selection: SplitSelection): Promise<SplitPreview> {
    return (await this.#ask(this.conversationId, 'splits', 'POST', {
      selection,
      isPreview: true,
    })) as SplitPreview
  }

  split(selection: SplitSelection, reason: string): Promise<unknown> {
    return this.#act('splits', 'POST', { selection, reason })
  }

  undoSplit(splitId: string): Promise<unknown> {
    return this.#act(`splits/${splitId}`, 'DELETE')
  }

  async #act(path: string, method: 'POST' | 'DELETE', body?: object): Promise<unknown> {
    const answer = await this.#ask(this.conversationId, path, method, body)
    void this.load()
    return answer
  }
}

export const [getTies, setTies] = createContext<ThreadTiesState>()

/** Lines of a thread that tell of merges and splits. */
export function isTieEvent(kind: string): boolean {
  return kind.startsWith('thread_')
}
