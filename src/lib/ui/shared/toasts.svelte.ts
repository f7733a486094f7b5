import { createContext } from 'svelte'

export interface Toast {
  id: number
  tone: 'info' | 'error'
  text: string
  /** One step that answers the message, for example undo. */
  action?: { label: string; run: () => void }
}

const shownMs = 8_000

/** Short messages about what just happened. Errors stay until they are dismissed. */
export class Toasts {
  list = $state.raw<Toast[]>([])
  #nextId = 1

  show(toast: Omit<Toast, 'id'>): void {
    const id = this.#nextId++
    // The same sentence twice tells no more than once.
    this.list = [...this.list.filter((shown) => shown.text !== toast.text), { ...toast, id }].slice(-3)
    if (toast.tone !== 'error') {
      setTimeout(() => {
        this.dismiss(id)
      }, shownMs)
    }
  }

  dismiss(id: number): void {
    this.list = this.list.filter((toast) => toast.id !== id)
  }
}

export const [getToasts, setToasts] = createContext<Toasts>()
