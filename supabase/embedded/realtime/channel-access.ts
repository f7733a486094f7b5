import type { Authorizer, Extension, Permissions } from './authorization.ts'
import type { Topic } from './hub.ts'
import { Refusal, refuseUnauthorized } from './refusal.ts'
import type { Claims, TokenVerifier } from './token.ts'

export interface ChannelAccessOptions {
  topic: Topic
  /** Of the connection: they hold while a channel has no token of its own. */
  apiKeyClaims: () => Claims
  headers: Record<string, string>
  tokens: TokenVerifier
  authorizer: Authorizer
}

/** What one client may do in one topic: its token, and on private topics what the policies said for it. */
export class ChannelAccess {
  readonly #options: ChannelAccessOptions
  #token: string | undefined
  #claims: Claims
  #read: Permissions = {}
  #write: Permissions = {}

  private constructor(options: ChannelAccessOptions, token: string | undefined, claims: Claims) {
    this.#options = options
    this.#token = token
    this.#claims = claims
  }

  /**
   * Access for a client that joins with `token`; API keys and nothing mean the key it connected with. Throws
   * TokenRefused, AuthorizationFailed, or Refusal when the policies let it read nothing.
   */
  static async open(
    options: ChannelAccessOptions,
    token: unknown,
    wantsPresence: boolean,
  ): Promise<ChannelAccess> {
    const own = typeof token === 'string' && !isApiKey(token) ? token : undefined
    const claims = own === undefined ? options.apiKeyClaims() : options.tokens.readToken(own)
    const access = new ChannelAccess(options, own, claims)
    await access.#askToRead(wantsPresence)
    return access
  }

  /** In milliseconds since 1970. */
  get expiresAt(): number {
    return this.#claims.exp * 1000
  }

  canRead(extension: Extension): boolean {
    return !this.#options.topic.isPrivate || this.#read[extension] === true
  }

  /** Asks the policies once per token. Throws AuthorizationFailed. */
  async canWrite(extension: Extension): Promise<boolean> {
    if (!this.#options.topic.isPrivate) return true
    this.#write[extension] ??= (await this.#options.authorizer.writePermissions(this.#caller(), [extension]))[
      extension
    ]
    return this.#write[extension] === true
  }

  /** Asks whether presence may be read, unless that was asked when joining. Throws AuthorizationFailed. */
  async askToReadPresence(): Promise<void> {
    if (!this.#options.topic.isPrivate || this.#read.presence !== undefined) return
    Object.assign(this.#read, await this.#options.authorizer.readPermissions(this.#caller(), ['presence']))
  }

  /** Throws TokenRefused when the token has expired. */
  verify(): void {
    if (this.#token === undefined) this.#options.apiKeyClaims()
    else this.#options.tokens.readToken(this.#token)
  }

  /**
   * Goes on with another token and asks the policies anew; until they answer the old permissions hold. Throws like
   * `open`, and when something that could be read no longer may.
   */
  async renew(token: unknown, wantsPresence: boolean): Promise<void> {
    if (typeof token !== 'string' || isApiKey(token) || token === this.#token) return
    const { topic, tokens } = this.#options
    const before = this.#read
    this.#claims = tokens.readToken(token)
    this.#token = token
    this.#write = {}
    await this.#askToRead(wantsPresence)
    const lost = (['broadcast', 'presence'] as const).some((extension) => {
      return before[extension] === true && this.#read[extension] === false
    })
    if (lost) {
      const message = `You no longer have permission to read from this Channel topic: ${topic.name}`
      throw new Refusal('Unauthorized', message)
    }
  }

  async #askToRead(wantsPresence: boolean) {
    const { topic, authorizer } = this.#options
    if (!topic.isPrivate) return
    const extensions: Extension[] = wantsPresence ? ['broadcast', 'presence'] : ['broadcast']
    this.#read = await authorizer.readPermissions(this.#caller(), extensions)
    if (!Object.values(this.#read).includes(true)) throw refuseUnauthorized(topic.name)
  }

  #caller() {
    return { topic: this.#options.topic.name, claims: this.#claims, headers: this.#options.headers }
  }
}

function isApiKey(token: string) {
  return token.startsWith('sb_')
}
