/** What the local stores of the processors hold, read while no process has them open. */
import { createHash } from 'node:crypto'
import { existsSync, readdirSync, rmSync } from 'node:fs'
import { join } from 'node:path'
import { open } from 'lmdb'
import { pictureOf } from './picture.ts'
import type { Picture } from './picture.ts'

const FILE = 'data.mdb'
/** Folders of local stores among those of a stack's data. */
const STATE_FOLDER = /^state(-.*)?$/
/** How far a store is, and who has opened it last. */
const OWN_KEYS: ReadonlySet<string> = new Set(['!checkpoint', '!owner'])

const foldersIn = (folder: string): string[] =>
  existsSync(folder)
    ? readdirSync(folder, { withFileTypes: true })
        .filter((entry) => entry.isDirectory())
        .map(({ name }) => name)
    : []

const stateFoldersOf = (dataDir: string): string[] =>
  foldersIn(dataDir).filter((name) => STATE_FOLDER.test(name))

async function readStore(path: string, partition: string, byKey: Map<string, string>): Promise<void> {
  const db = open<Buffer, string>({ path, encoding: 'binary', readOnly: true })
  try {
    for (const { key, value } of db.getRange({}))
      if (!OWN_KEYS.has(key))
        byKey.set(`${partition}/${key}`, createHash('sha256').update(value).digest('base64'))
  } finally {
    await db.close()
  }
}

/** One picture per processor, of all its partitions. */
export async function pictureLocalStores(dataDir: string): Promise<Picture[]> {
  const pictures: Picture[] = []
  for (const folder of stateFoldersOf(dataDir))
    for (const processor of foldersIn(join(dataDir, folder))) {
      const byKey = new Map<string, string>()
      for (const partition of foldersIn(join(dataDir, folder, processor)))
        await readStore(join(dataDir, folder, processor, partition, FILE), partition, byKey)
      pictures.push(pictureOf('local stores', processor, byKey))
    }
  return pictures
}

export function dropLocalStores(dataDir: string): void {
  for (const folder of stateFoldersOf(dataDir)) rmSync(join(dataDir, folder), { recursive: true })
}
