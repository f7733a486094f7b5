import type { SubmitFunction } from '@sveltejs/kit'
import { tick } from 'svelte'
import { goto } from '$app/navigation'

/** A form on its way to the server: use with `use:enhance={submission.enhance}`. */
export class Submission {
  isBusy = $state(false)
  readonly #afterFailure: () => void

  /** @param afterFailure clears what must not stay in the form, such as a password */
  constructor(afterFailure: () => void = () => undefined) {
    this.#afterFailure = afterFailure
  }

  readonly enhance: SubmitFunction = ({ formElement, cancel }) => {
    if (this.isBusy) {
      cancel()
      return
    }
    this.isBusy = true
    return async ({ result, update }) => {
      if (result.type === 'redirect' && isSamePage(result.location)) {
        await goto(result.location, { invalidateAll: true, keepFocus: true, noScroll: true })
      } else {
        await update({ reset: false })
      }
      this.isBusy = false
      if (result.type !== 'failure') return
      this.#afterFailure()
      await tick()
      formElement.querySelector<HTMLElement>('[aria-invalid="true"]')?.focus()
    }
  }
}

/** A form that leads back to its own page has only changed something there. */
function isSamePage(address: string): boolean {
  return new URL(address, location.href).pathname === location.pathname
}
