import type { IncomingMessage } from 'node:http'
import type { Claims } from '#lib/server/database/database.ts'
import type { Membership } from '#lib/server/database/workspaces.ts'
import type { WebServices } from '#lib/server/services.ts'
import type { SessionState } from '#lib/server/session/resolve-session.ts'

declare global {
  namespace App {
    interface Locals {
      services: WebServices
      requestId: string
      /** The claims of whoever is signed in. Guards turn this into what a page needs: see session/guards.ts. */
      claims: Claims | null
      session: SessionState
      /** Every workspace of the signed-in member; null outside of member pages. */
      memberships: Membership[] | null
      /** The membership in the workspace that the address names; null where there is none. */
      membership: Membership | null
      /** Must go out with the answer, whatever it is. */
      answerHeaders: Headers
    }

    interface Platform {
      req: IncomingMessage & { services?: WebServices }
    }

    interface PageState {
      /** The contact's details lie over the thread: a step of the history, so that the browser's back closes them. */
      showsContact?: boolean
    }

    interface Error {
      message: string
      /** Under which the log knows what happened. */
      errorId?: string
    }
  }
}
