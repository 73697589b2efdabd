/**
 * The versions of each schema that records in a log may have been written with: `avro/history/<schema>/<n>.avsc`. Tests
 * hold every recorded version against the current one. Run `npm run generate:history` after a change of a schema; a
 * recorded version is never edited or removed once it has been deployed.
 */
import { existsSync, mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs'

const FOLDER = new URL('.', import.meta.url)

/** Names of the current schemas. */
export const schemaNames = (): string[] =>
  readdirSync(FOLDER)
    .filter((file) => file.endsWith('.avsc'))
    .map((file) => file.slice(0, -'.avsc'.length))
    .toSorted()

const currentText = (name: string): string => readFileSync(new URL(`${name}.avsc`, FOLDER), 'utf8')
const historyFolder = (name: string): URL => new URL(`history/${name}/`, FOLDER)

/** The recorded texts of a schema, the oldest first. */
export function schemaHistory(name: string): string[] {
  const folder = historyFolder(name)
  if (!existsSync(folder)) return []
  const versions = readdirSync(folder).filter((file) => file.endsWith('.avsc')).length
  return Array.from({ length: versions }, (_, at) => readFileSync(new URL(`${at + 1}.avsc`, folder), 'utf8'))
}

/** True where the newest recorded version is the current schema. */
export const isRecorded = (name: string): boolean => schemaHistory(name).at(-1) === currentText(name)

/** Records the schemas that have changed; answers with the files that it wrote. */
export function recordHistory(): string[] {
  return schemaNames()
    .filter((name) => !isRecorded(name))
    .map((name) => {
      const file = `${schemaHistory(name).length + 1}.avsc`
      mkdirSync(historyFolder(name), { recursive: true })
      writeFileSync(new URL(file, historyFolder(name)), currentText(name))
      return `avro/history/${name}/${file}`
    })
}

if (process.argv[1] === import.meta.filename)
  for (const file of recordHistory()) process.stdout.write(`${file}\n`)
