/** How far a replay of a file came, kept beside the stack's data so that `--resume` can go on from there. */
import { mkdir, readFile, rename, rm, writeFile } from 'node:fs/promises'
import { dirname, join } from 'node:path'
import { z } from 'zod'
import { localFolder } from '../local-env.ts'

const SCHEMA = z.object({
  /** SHA-256 of the file: a changed file is another file. */
  sha256: z.string(),
  file: z.string(),
  partner_id: z.string(),
  /** Every line up to this one has its outcome. */
  finished_line: z.number().int().nonnegative(),
  complete: z.boolean(),
  written_at: z.string(),
})

export type Checkpoint = z.output<typeof SCHEMA>

/** Folder of what replays leave behind. */
export const replayFolder = (): string => join(localFolder(), 'replay')

/** Path of the checkpoint of a file for a partner. */
export const checkpointPath = (folder: string, sha256: string, partnerId: string): string =>
  join(folder, `${sha256.slice(0, 16)}-${partnerId.slice(0, 8)}.json`)

/** The checkpoint, or undefined where there is none that can be read. */
export async function readCheckpoint(path: string): Promise<Checkpoint | undefined> {
  try {
    const parsed = SCHEMA.safeParse(JSON.parse(await readFile(path, 'utf8')))
    return parsed.success ? parsed.data : undefined
  } catch {
    return undefined
  }
}

/** Writes it whole or not at all. */
export async function writeCheckpoint(path: string, checkpoint: Checkpoint): Promise<void> {
  await mkdir(dirname(path), { recursive: true })
  const draft = `${path}.${process.pid}.draft`
  try {
    await writeFile(draft, `${JSON.stringify(checkpoint, null, 2)}\n`)
    await rename(draft, path)
  } finally {
    await rm(draft, { force: true })
  }
}
