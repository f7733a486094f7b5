import type { MessageError } from './world.ts'

/** WhatsApp's codes of messages that failed, with the words that come with them. */
const titles: Record<number, [title: string, details: string]> = {
  130429: ['Rate limit hit', 'Cloud API message throughput has been reached.'],
  130472: ["User's number is part of an experiment", 'The message was not sent as part of an experiment.'],
  131000: ['Something went wrong', 'Message failed to send due to an unknown error.'],
  131016: ['Service unavailable', 'A service is temporarily unavailable.'],
  131021: ['Recipient cannot be sender', 'Sender and recipient phone number is the same.'],
  131026: ['Message undeliverable', 'Message undeliverable.'],
  131031: ['Account has been locked', 'The account was locked due to a policy violation.'],
  131042: ['Business eligibility payment issue', 'There was an error related to the payment method.'],
  131045: ['Incorrect certificate', 'The number is not registered.'],
  131047: ['Re-engagement message', 'More than 24 hours have passed since the recipient last replied.'],
  131048: ['Spam rate limit hit', 'Too many earlier messages were blocked or flagged as spam.'],
  131049: ['Meta chose not to deliver', 'Not delivered to maintain a healthy ecosystem.'],
  131050: ['User stopped marketing messages', 'The recipient chose not to receive marketing messages.'],
  131051: ['Unsupported message type', 'Message type is not supported.'],
  131052: ['Media download error', 'The media sent by the user could not be downloaded.'],
  131053: ['Media upload error', 'The media of the message could not be uploaded.'],
  131056: ['Pair rate limit hit', 'Too many messages from this number to the same recipient.'],
  131062: ['Recipient not supported', 'A business-scoped id is not possible for this template.'],
  132001: ['Template does not exist', 'The template does not exist in this language.'],
  132015: ['Template is paused', 'The template is paused because of low quality.'],
  132016: ['Template is disabled', 'The template was paused too often and is now disabled.'],
}

/** The error of a failed status with this code. */
export function buildMessageError(code: number): MessageError {
  const [title, details] = titles[code] ?? ['Unknown error', `Error ${String(code)}.`]
  return { code, title, message: title, details }
}
