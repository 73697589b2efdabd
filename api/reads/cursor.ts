/** Opaque cursors of lists: where the next page goes on. */
import { isUuid } from '../../domain/ids.ts'
import type { PagePosition } from './transactions.ts'

const CURSOR = /^(\d{1,15})\.(.{36})$/

export const encodeCursor = ({ createdAtMs, id }: PagePosition): string =>
  Buffer.from(`${createdAtMs}.${id}`).toString('base64url')

/** Undefined where the text is no cursor of ours. */
export function decodeCursor(text: string): PagePosition | undefined {
  const decoded = Buffer.from(text, 'base64url').toString('latin1')
  const [, createdAtMs = '', id = ''] = CURSOR.exec(decoded) ?? []
  if (!isUuid(id)) return undefined
  const position = { createdAtMs: Number(createdAtMs), id }
  // A second spelling of the same bytes is not one that we gave out.
  return encodeCursor(position) === text ? position : undefined
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
