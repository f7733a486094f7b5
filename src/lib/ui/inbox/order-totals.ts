import type { OrderContent } from '#lib/domain/message-content.ts'
import { getLocale } from '#lib/i18n/generated/runtime.js'

type OrderItem = OrderContent['items'][number]

export interface OrderTotals {
  /** One sum for each currency: amounts of different ones are never added up. */
  sums: { currency: string; amount: number }[]
  /** Items whose price, currency or quantity is not known; in no sum. */
  unpriced: number
  /** Pieces over all items. */
  pieces: number
}

/** Adds up an order. An item without a quantity counts as one piece. */
export function totalOrder(items: readonly OrderItem[]): OrderTotals {
  const sums = new Map<string, number>()
  let unpriced = 0
  for (const { price, currency, quantity } of items) {
    if (price === null || currency === null || quantity === null) unpriced += 1
    else sums.set(currency, (sums.get(currency) ?? 0) + price * quantity)
  }
  return {
    sums: [...sums].map(([currency, amount]) => ({ currency, amount })),
    unpriced,
    pieces: items.reduce((count, { quantity }) => count + (quantity ?? 1), 0),
  }
}

/** `Rp 8.750.000`; a currency that nobody knows is written as it came. */
export function writeMoney(amount: number, currency: string): string {
  try {
    const isWhole = Number.isInteger(amount)
    return new Intl.NumberFormat(getLocale(), {
      style: 'currency',
      currency,
      ...(isWhole ? { maximumFractionDigits: 0 } : {}),
    }).format(amount)
  } catch {
    return `${amount.toLocaleString(getLocale())} ${currency}`
  }
}
