import type { Customer, PhoneNumber } from '../world.ts'
import { toIsoSeconds } from './form.ts'

type Json = Record<string, unknown>

/** A contact as the platform API and `whatsapp.contact.identity_changed` have it. */
export function buildContact(customer: Customer, number: PhoneNumber, at: number): Json {
  return {
    id: customer.id,
    customer_id: number.customerId,
    wa_id: customer.sharesPhone ? customer.phone : null,
    profile_name: customer.name,
    display_name: customer.name,
    business_scoped_user_id: customer.isNameless ? null : customer.userId,
    parent_business_scoped_user_id: customer.parentUserId ?? null,
    username: customer.username,
    sandbox: false,
    created_at: toIsoSeconds(customer.createdAt),
    updated_at: toIsoSeconds(at),
  }
}

/** A contact in `GET contacts`. */
export function buildListedContact(customer: Customer, tenantId: string | null): Json {
  return {
    id: customer.id,
    wa_id: customer.sharesPhone ? customer.phone : null,
    profile_name: customer.name,
    display_name: null,
    business_scoped_user_id: customer.isNameless ? null : customer.userId,
    parent_business_scoped_user_id: customer.parentUserId ?? null,
    username: customer.username,
    customer_id: tenantId,
    metadata: {},
  }
}

/** A business number in `GET phone_numbers`. */
export function buildListedNumber(number: PhoneNumber): Json {
  return {
    id: number.id,
    phone_number_id: number.id,
    internal_id: number.internalId,
    business_account_id: number.businessAccountId,
    display_phone_number: number.displayPhoneNumber,
    verified_name: number.verifiedName,
    display_name: number.displayName,
    name: number.verifiedName,
    is_coexistence: number.isCoexistence,
    inbound_processing_enabled: true,
    status: 'CONNECTED',
    quality_rating: 'GREEN',
    throughput_tier: 'STANDARD',
    whatsapp_business_manager_messaging_limit: 'TIER_2K',
    customer_id: number.customerId,
  }
}

/** The body of `whatsapp.phone_number.created` and `.deleted`. */
export function buildNumberEvent(number: PhoneNumber, projectId: string): Json {
  return {
    phone_number_id: number.id,
    project: { id: projectId },
    customer: {
      id: number.customerId,
      ...(number.externalCustomerId === null ? {} : { external_id: number.externalCustomerId }),
    },
  }
}
