import { z } from 'zod'
import { mediaBehaviours } from './media/library.ts'
import { receiveFromCustomer, recordMessage } from './messages.ts'
import { buildSample, type Sample, sampleNames, sampleReferral } from './samples.ts'
import { chooseNumber, ControlError, getCustomer, type Simulation } from './simulation.ts'
import { addStatus, scheduleNextStatus } from './statuses.ts'
import type { Message, MessageExtra } from './world.ts'

const json = z.record(z.string(), z.unknown())

const content = {
  text: z.string().min(1).max(65_536).optional(),
  /** Another kind of message: Meta's type and what stands under that key. */
  type: z.string().min(1).optional(),
  content: z.unknown().optional(),
  /** A ready-made one, with a real file where it is a medium. */
  sample: z.enum(sampleNames).optional(),
  /** What happens to who downloads that file. */
  media: z.enum(mediaBehaviours).optional(),
  caption: z.string().max(1024).optional(),
  /** For a sample of a reaction: the wamid; otherwise the last message of the other side. */
  target: z.string().optional(),
  phoneNumberId: z.string().optional(),
  replyTo: z.string().optional(),
  /** Milliseconds since 1970; now when left out. */
  at: z.number().int().optional(),
}

function hasOneKind(value: { text?: unknown; type?: unknown; sample?: unknown }): boolean {
  return [value.text, value.type, value.sample].filter((one) => one !== undefined).length === 1
}

const oneKind = 'Give a text, or type and content, or a sample'

/** `POST /simulator/customers/{id}/messages`: what a customer writes. */
export const writeSchema = z
  .strictObject({
    ...content,
    forwarded: z.boolean().optional(),
    frequentlyForwarded: z.boolean().optional(),
    /** The advertisement that led here: true takes a ready-made one. */
    referral: z.union([z.literal(true), json]).optional(),
    /** The product of the catalogue that it is about. */
    referredProduct: json.optional(),
    transcript: z.string().optional(),
    /** Its delivery waits for no earlier one of the conversation. */
    inParallel: z.boolean().optional(),
  })
  .refine(hasOneKind, oneKind)

/** What a colleague types in the WhatsApp Business app, or the bot says. */
export const companyMessageSchema = z.strictObject(content).refine(hasOneKind, oneKind)

export type Write = z.input<typeof writeSchema>
export type CompanyMessage = z.input<typeof companyMessageSchema>

function findLastOf(simulation: Simulation, customerId: string, isFromCompany: boolean): string | undefined {
  const found = [...simulation.world.messages.values()].filter(
    (one) =>
      one.customerId === customerId &&
      one.type !== 'reaction' &&
      (one.author !== 'customer') === isFromCompany,
  )
  return found.at(-1)?.id
}

function readSample(
  simulation: Simulation,
  customerId: string,
  input: z.output<typeof companyMessageSchema>,
  isCompany: boolean,
): Sample {
  if (input.text !== undefined) return { type: 'text', content: { body: input.text } }
  if (input.type !== undefined) return { type: input.type, content: input.content }
  const needsTarget = input.sample?.startsWith('reaction') && input.target === undefined
  const target = needsTarget
    ? (findLastOf(simulation, customerId, !isCompany) ?? findLastOf(simulation, customerId, isCompany))
    : input.target
  if (needsTarget && target === undefined) throw new ControlError(422, 'There is no message to react to')
  const sample = buildSample(simulation, input.sample ?? '', { ...input, target })
  if (!sample) throw new ControlError(422, `There is no sample ${input.sample ?? ''}`)
  return sample
}

/** A customer writes. Throws ZodError for a wrong input and ControlError for an unknown customer or number. */
export function writeAsCustomer(simulation: Simulation, customerId: string, input: Write): Message {
  const wanted = writeSchema.parse(input)
  const customer = getCustomer(simulation.world, customerId)
  const number = chooseNumber(simulation.world, wanted.phoneNumberId)
  const { type, content, extra } = readSample(simulation, customerId, wanted, false)
  const { forwarded, frequentlyForwarded, referredProduct, transcript } = wanted
  const referral = wanted.referral === true ? sampleReferral : wanted.referral
  const all: MessageExtra = {
    ...extra,
    ...Object.fromEntries(
      Object.entries({ forwarded, frequentlyForwarded, referredProduct, referral, transcript }).filter(
        ([, value]) => value !== undefined,
      ),
    ),
  }
  return receiveFromCustomer(simulation, {
    customer,
    number,
    type,
    content,
    replyTo: wanted.replyTo ?? null,
    ...(Object.keys(all).length > 0 ? { extra: all } : {}),
    ...(wanted.at === undefined ? {} : { at: wanted.at }),
    ...(wanted.inParallel ? { inParallel: true } : {}),
  })
}

/** Somebody else than this API's clients writes for the company. */
export function writeAsCompany(
  simulation: Simulation,
  customerId: string,
  input: CompanyMessage,
  author: 'business_app' | 'bot',
): Message {
  const wanted = companyMessageSchema.parse(input)
  const customer = getCustomer(simulation.world, customerId)
  const number = chooseNumber(simulation.world, wanted.phoneNumberId)
  const { type, content } = readSample(simulation, customerId, wanted, true)
  const message = recordMessage(simulation, {
    customer,
    number,
    author,
    type,
    content,
    replyTo: wanted.replyTo ?? null,
    ...(wanted.at === undefined ? {} : { at: wanted.at }),
  })
  if (wanted.at === undefined) scheduleNextStatus(simulation, message)
  else addStatus(simulation, message, 'sent', { at: wanted.at })
  return message
}
