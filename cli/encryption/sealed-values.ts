/** The sealed values of PostgreSQL: by which keys they are sealed, and sealing them anew while the system runs. */
import type { Pool } from 'pg'
import { z } from 'zod'
import type { Cipher } from '../../service/encryption.ts'

/** Rows that one statement seals anew: short enough that no bet's row waits noticeably. */
const BATCH_ROWS = 1_000

/** Every column that holds sealed values. */
export const SEALED_COLUMNS = [
  { table: 'transactions', column: '_encrypted_amount' },
  { table: 'partners', column: 'contact_email' },
  { table: 'partners', column: 'registration_number' },
  { table: 'partners', column: 'address' },
  { table: 'players', column: 'name' },
  { table: 'players', column: 'date_of_birth' },
] as const

export interface KeyUse {
  table: string
  column: string
  keyId: string
  values: number
}

const countRow = z.object({ key_id: z.string(), values: z.coerce.number() })

/** How many values each key has sealed, by column. */
export async function keyUses(pool: Pool): Promise<KeyUse[]> {
  const uses: KeyUse[] = []
  for (const { table, column } of SEALED_COLUMNS) {
    const { rows } = await pool.query(
      `SELECT split_part(${column}, ':', 1) AS key_id, count(*) AS values FROM ${table}
       WHERE ${column} IS NOT NULL GROUP BY 1 ORDER BY 1`,
    )
    for (const row of z.array(countRow).parse(rows))
      uses.push({ table, column, keyId: row.key_id, values: row.values })
  }
  return uses
}

const amountRow = z.object({ id: z.string(), created_at: z.string(), sealed: z.string() })
type AmountRow = z.output<typeof amountRow>

/** Amounts behind a row that another key than the current one has sealed, in the order of the primary key. */
async function olderAmounts(pool: Pool, cipher: Cipher, after: AmountRow | undefined): Promise<AmountRow[]> {
  const { rows } = await pool.query(
    `SELECT id, created_at::text AS created_at, _encrypted_amount AS sealed FROM transactions
     WHERE NOT starts_with(_encrypted_amount, $1) AND ($2::uuid IS NULL OR (created_at, id) > ($3::timestamptz, $2::uuid))
     ORDER BY created_at, id LIMIT ${BATCH_ROWS}`,
    [`${cipher.currentKeyId}:`, after?.id ?? null, after?.created_at ?? null],
  )
  return z.array(amountRow).parse(rows)
}

/** A row that the sink has changed meanwhile keeps what the sink wrote. */
const RESEAL = `
UPDATE transactions AS held SET _encrypted_amount = row.anew
FROM json_to_recordset($1::json) AS row (id uuid, created_at timestamptz, sealed text, anew text)
WHERE held.id = row.id AND held.created_at = row.created_at AND held._encrypted_amount = row.sealed`

/**
 * Seals every amount of a transaction with the current key that another one has sealed. It may be stopped between two
 * batches, and goes on where it was when it is started again: what is sealed already is passed over. Throws
 * `DecryptionError` at a value that can't be opened, and leaves that one and all behind it as they were.
 */
export async function resealAmounts(
  pool: Pool,
  cipher: Cipher,
  { signal, onSealed }: { signal: AbortSignal; onSealed: (rows: number) => void },
): Promise<void> {
  let last: AmountRow | undefined
  while (!signal.aborted) {
    const rows = await olderAmounts(pool, cipher, last)
    last = rows.at(-1)
    if (last === undefined) return
    const anew = rows.map((row) => ({ ...row, anew: cipher.encrypt(cipher.decrypt(row.sealed)) }))
    await pool.query(RESEAL, [JSON.stringify(anew)])
    onSealed(rows.length)
  }
}

/** Partners of whose personal data something is sealed with another key than the current one. */
export async function partnersToReseal(pool: Pool, cipher: Cipher): Promise<string[]> {
  const { rows } = await pool.query(
    `SELECT id FROM partners
     WHERE EXISTS (SELECT FROM unnest(ARRAY[contact_email, registration_number, address]) AS sealed
                   WHERE sealed IS NOT NULL AND NOT starts_with(sealed, $1))
     ORDER BY id`,
    [`${cipher.currentKeyId}:`],
  )
  return z
    .array(z.object({ id: z.string() }))
    .parse(rows)
    .map(({ id }) => id)
}
