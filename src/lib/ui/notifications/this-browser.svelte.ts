import { readPageSwitch, writePageSwitch } from './page-notifications.ts'

/**
 * `impossible`: this browser shows no notifications; `blocked`: its user has refused; `off` and `on` are what one can
 * change here. `page_off` and `page_on` are the same where it has no push, or the installation no keys: then an open
 * page tells while it is in the background.
 */
export type BrowserPush = 'impossible' | 'blocked' | 'off' | 'on' | 'page_off' | 'page_on' | 'checking'

/** Whether this browser is rung, and the switch for it. Browser only. */
export class ThisBrowser {
  state = $state<BrowserPush>('checking')
  hasFailed = $state(false)
  readonly #path: string
  readonly #pushKey: string | null

  constructor(workspaceSlug: string, pushKey: string | null) {
    this.#path = `/w/${encodeURIComponent(workspaceSlug)}/notifications/push`
    this.#pushKey = pushKey
  }

  async check(): Promise<void> {
    if (!('Notification' in window)) {
      this.state = 'impossible'
      return
    }
    if (Notification.permission === 'denied') {
      this.state = 'blocked'
      return
    }
    const registration = await this.#findRegistration()
    if (registration === undefined)
      this.state = readPageSwitch() && Notification.permission === 'granted' ? 'page_on' : 'page_off'
    else this.state = (await registration.pushManager.getSubscription()) === null ? 'off' : 'on'
  }

  /** Lets open pages tell, or no more; asks the user for leave. */
  async switchPages(isOn: boolean): Promise<void> {
    await this.#change(async () => {
      writePageSwitch(isOn && (await Notification.requestPermission()) === 'granted')
    })
  }

  /** Asks the user for leave, then the browser for an address, and tells the server. */
  async turnOn(): Promise<void> {
    await this.#change(async () => {
      if ((await Notification.requestPermission()) !== 'granted') return
      const registration = await navigator.serviceWorker.ready
      const subscription = await registration.pushManager.subscribe({
        userVisibleOnly: true,
        applicationServerKey: this.#pushKey,
      })
      try {
        await this.#tell('PUT', subscription.toJSON())
      } catch (error) {
        // What the server does not know of would look switched on and never ring.
        await subscription.unsubscribe()
        throw error
      }
    })
  }

  async turnOff(): Promise<void> {
    await this.#change(async () => {
      const registration = await navigator.serviceWorker.ready
      const subscription = await registration.pushManager.getSubscription()
      if (subscription === null) return
      await this.#tell('DELETE', { endpoint: subscription.endpoint })
      await subscription.unsubscribe()
    })
  }

  /** Undefined where there can be no push. */
  async #findRegistration(): Promise<ServiceWorkerRegistration | undefined> {
    if (this.#pushKey === null || !('serviceWorker' in navigator) || !('PushManager' in window))
      return undefined
    return navigator.serviceWorker.getRegistration()
  }

  async #change(work: () => Promise<void>): Promise<void> {
    this.hasFailed = false
    this.state = 'checking'
    try {
      await work()
    } catch {
      this.hasFailed = true
    }
    await this.check()
  }

  async #tell(method: 'PUT' | 'DELETE', body: unknown): Promise<void> {
    const response = await fetch(this.#path, {
      method,
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify(body),
    })
    if (!response.ok) throw new Error(`answered with ${String(response.status)}`)
  }
}
