import { pino, type Logger } from 'pino'

export type Log = Logger

/** What may stand in a log line: ids, kinds and counts. Anything else is left out, whoever passes it. */
const allowedFields = new Set([
  'level',
  'time',
  'msg',
  'pid',
  'process',
  'kind',
  'errorId',
  'errorName',
  'errorCode',
  'requestId',
  'method',
  'route',
  'status',
  'durationMs',
  'workspaceId',
  'conversationId',
  'messageId',
  'contactId',
  'channelId',
  'endpointId',
  'webhookEventId',
  'deliveryId',
  'jobId',
  'queue',
  'count',
  'attempt',
  'reason',
  'port',
  'host',
  'stack',
])

/** Opens the structured log of a process. Deny by default: only the fields named here ever leave the process. */
export function createLog(options: { process: string; level: string }): Log {
  return pino({
    level: options.level,
    base: { process: options.process },
    timestamp: pino.stdTimeFunctions.isoTime,
    formatters: {
      level: (label) => ({ level: label }),
      log: (fields) => Object.fromEntries(Object.entries(fields).filter(([name]) => allowedFields.has(name))),
    },
  })
}

/** The parts of an error that may be logged: its class and, from Postgres or Node, its code. Never its message. */
export function errorFields(error: unknown): { errorName: string; errorCode?: string } {
  if (!(error instanceof Error)) return { errorName: typeof error }
  const code = 'code' in error && typeof error.code === 'string' ? error.code : undefined
  return code === undefined ? { errorName: error.name } : { errorName: error.name, errorCode: code }
}
