import type { Conversation, Customer, World } from '../world.ts'
import { describeContent } from './content.ts'
import { type BodyForm, buildMissing, toIsoMicroseconds, toIsoSeconds, toIsoWithOffset } from './form.ts'

type Json = Record<string, unknown>

function buildPhone(customer: Customer, form: BodyForm): Json {
  if (!customer.sharesPhone) {
    return buildMissing('phone_number', form.style === 'classic' ? 'null' : form.hiddenPhone)
  }
  return { phone_number: form.hasPlus ? `+${customer.phone}` : customer.phone }
}

/** The ids below which a business knows somebody, as far as they are told. */
function buildIds(customer: Customer): Json {
  if (customer.isNameless) return {}
  return {
    business_scoped_user_id: customer.userId,
    ...(customer.parentUserId ? { parent_business_scoped_user_id: customer.parentUserId } : {}),
  }
}

function toSummary(world: World, customer: Customer, conversation: Conversation): Json {
  const last = conversation.lastMessageId ? world.messages.get(conversation.lastMessageId) : undefined
  const moment = (at: number | null) => (at === null ? null : toIsoSeconds(at))
  return {
    contact_name: customer.name,
    messages_count: conversation.messagesCount,
    last_message_id: conversation.lastMessageId,
    last_message_type: last?.type ?? null,
    last_message_timestamp: moment(conversation.lastMessageAt),
    last_message_text: last ? describeContent(last) : null,
    last_inbound_at: moment(conversation.lastInboundAt),
    last_outbound_at: moment(conversation.lastOutboundAt),
  }
}

/**
 * The `conversation` of a webhook body.
 * @param hasSummary whether the `kapso` object is there; deliveries of delivered, read, failed and inactive lack it
 */
export function buildConversation(
  world: World,
  customer: Customer,
  conversation: Conversation,
  form: BodyForm,
  hasSummary: boolean,
): Json {
  if (form.style === 'classic') {
    return {
      id: conversation.id,
      ...buildPhone(customer, form),
      ...(customer.sharesPhone ? {} : buildIds(customer)),
      status: conversation.status,
      last_active_at: toIsoSeconds(conversation.lastActiveAt),
      created_at: toIsoSeconds(conversation.createdAt),
      updated_at: toIsoSeconds(conversation.lastActiveAt),
      metadata: {},
      phone_number_id: conversation.phoneNumberId,
      ...(hasSummary ? { kapso: toSummary(world, customer, conversation) } : {}),
    }
  }
  const { lastMessageAt, lastOutboundAt } = conversation
  return {
    id: conversation.id,
    ...(form.style === 'current' ? { contact_name: customer.name } : {}),
    ...buildPhone(customer, form),
    ...buildIds(customer),
    ...(customer.username === null
      ? buildMissing('username', form.noUsername)
      : { username: customer.username }),
    status: conversation.status,
    last_active_at: toIsoWithOffset(conversation.lastActiveAt, form.utcOffsetHours),
    phone_number_id: conversation.phoneNumberId,
    ...(hasSummary
      ? {
          kapso: {
            messages_count: conversation.messagesCount,
            last_message_timestamp: lastMessageAt === null ? null : toIsoMicroseconds(lastMessageAt),
            last_outbound_at: lastOutboundAt === null ? null : toIsoMicroseconds(lastOutboundAt),
          },
        }
      : {}),
  }
}

/** A conversation as the REST API lists it. */
export function buildListedConversation(world: World, customer: Customer, conversation: Conversation): Json {
  return {
    id: conversation.id,
    phone_number: customer.sharesPhone ? customer.phone : null,
    business_scoped_user_id: customer.isNameless ? null : customer.userId,
    username: customer.username,
    phone_number_id: conversation.phoneNumberId,
    status: conversation.status,
    last_active_at: toIsoSeconds(conversation.lastActiveAt),
    created_at: toIsoSeconds(conversation.createdAt),
    updated_at: toIsoSeconds(conversation.lastActiveAt),
    metadata: {},
    kapso: toSummary(world, customer, conversation),
  }
}
