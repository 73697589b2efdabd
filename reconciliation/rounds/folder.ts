/**
 * Provider files for the schedule: in a folder, `NAME.json` says what `NAME.csv` is of. Nothing is moved or written: a file is compared again each
 * time, until whoever put it there takes it away.
 */
import { readFile, readdir } from 'node:fs/promises'
import { join } from 'node:path'
import { z } from 'zod'
import { isUuid } from '../../domain/ids.ts'
import { OperationalError } from '../../topics/errors.ts'
import type { Difference } from '../view.ts'
import type { Asked, RoundComparison } from './compare.ts'
import { moment } from './moment.ts'

export interface FileResult {
  file: string
  result: 'same' | 'different' | 'refused'
  /** Why it is refused. */
  reason: string | null
  differenceCount: number
  differences: readonly Difference[]
}

const ENDING = '.json'

const description = z
  .strictObject({
    partner_id: z.string().refine(isUuid, 'is no id of a partner'),
    from: moment,
    to: moment,
    games: z.array(z.string()).default([]),
  })
  .refine(({ from, to }) => to > from, { path: ['to'], error: 'must lie after from' })

/** Rejects with an `OperationalError` whose fault is `refused` where the file is no provider file. */
type CompareFile = (file: string, asked: Asked) => Promise<RoundComparison>

/** Compares every file of a folder, one after the other; an empty name is no folder. Rejects where a service is away. */
export async function compareFolder(folder: string, compare: CompareFile): Promise<FileResult[]> {
  if (folder === '') return []
  const results: FileResult[] = []
  const names = (await readdir(folder)).filter((name) => name.endsWith(ENDING)).toSorted()
  for (const name of names) results.push(await compareOne(join(folder, name), compare))
  return results
}

/** One bad file must not keep the others from being compared. */
async function compareOne(path: string, compare: CompareFile): Promise<FileResult> {
  const file = `${path.slice(0, -ENDING.length)}.csv`
  try {
    const { ok, differences, differenceCount } = await compare(file, await describedIn(path))
    return { file, result: ok ? 'same' : 'different', reason: null, differenceCount, differences }
  } catch (error) {
    if (!(error instanceof OperationalError) || error.fault !== 'refused') throw error
    return { file, result: 'refused', reason: error.message, differenceCount: 0, differences: [] }
  }
}

/** Throws `OperationalError` where it is no description. */
async function describedIn(path: string): Promise<Asked> {
  const parsed = description.safeParse(parseJson(await readFile(path, 'utf8')))
  if (!parsed.success) {
    const [issue] = parsed.error.issues
    throw new OperationalError(
      'refused',
      'INVALID_DESCRIPTION',
      `${path}: ${issue?.path.join('.')} ${issue?.message}`,
      'partner_id, from, to and, of one provider among several, games are expected',
    )
  }
  const { partner_id: partnerId, from: fromMs, to: toMs, games } = parsed.data
  return { partnerId, fromMs, toMs, games }
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text)
  } catch {
    return undefined
  }
}
