/** Opaque cursors of lists: where the next page goes on. */
import type { PagePosition } from './transactions.ts'

/** Hexadecimal digits of a time in milliseconds: 48 bits, the year 10889. */
const TIME_CHARS = 12
const ID_CHARS = 32

/** All texts of this form are cursors, so that the OpenAPI document says exactly what is taken. */
export const CURSOR_PATTERN = `^[0-9a-f]{${TIME_CHARS + ID_CHARS}}$`
// oxlint-disable-next-line security/detect-non-literal-regexp -- made of constants
const CURSOR = new RegExp(CURSOR_PATTERN)
const UUID_GROUPS = /^(.{8})(.{4})(.{4})(.{4})(.{12})$/

export const encodeCursor = ({ createdAtMs, id }: PagePosition): string =>
  createdAtMs.toString(16).padStart(TIME_CHARS, '0') + id.replaceAll('-', '')

/** Undefined where the text is no cursor of ours. */
export function decodeCursor(text: string): PagePosition | undefined {
  if (!CURSOR.test(text)) return undefined
  const createdAtMs = Number.parseInt(text.slice(0, TIME_CHARS), 16)
  return { createdAtMs, id: text.slice(TIME_CHARS).replace(UUID_GROUPS, '$1-$2-$3-$4-$5') }
}

/** One page of rows that are in memory, sorted by time and id, from behind the cursor on. */
export function pageOf<T extends PagePosition>(
  rows: readonly T[],
  after: PagePosition | undefined,
  limit: number,
): { rows: T[]; nextCursor: string | null } {
  const isBehind = (row: PagePosition): boolean =>
    after === undefined ||
    row.createdAtMs > after.createdAtMs ||
    (row.createdAtMs === after.createdAtMs && row.id > after.id)
  const left = rows.filter(isBehind)
  const page = left.slice(0, limit)
  const last = page.at(-1)
  return { rows: page, nextCursor: left.length > limit && last !== undefined ? encodeCursor(last) : null }
}
