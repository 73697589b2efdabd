/**
 * Programs that come from Maven's central repository, fetched once into the cache. A folder in the cache is whole or not
 * there: Maven fills a folder of another name, which is renamed when it is complete. Maven's own repository keeps what an
 * interrupted download had fetched, so the next one goes on from there.
 */
import { spawn } from 'node:child_process'
import { mkdirSync, readdirSync, readFileSync, renameSync, rmSync, statSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { z } from 'zod'
import { codeOf, StackError } from './errors.ts'
import { startTicksOf } from './processes.ts'

/** The version that every Maven since 3.0 can run, and that needs no parent project of an archive. */
const COPY_PLUGIN = 'org.apache.maven.plugins:maven-dependency-plugin:2.8'

export interface Artifact {
  /** Folder in the cache, with the version. */
  readonly folder: string
  /** What a person reads while waiting, with the size. */
  readonly title: string
  /** Fills `target`, which exists and is empty. */
  readonly fetch: (target: string, progress: (line: string) => void) => Promise<void>
}

const manifestSchema = z.record(z.string(), z.number())
const MANIFEST = '.complete.json'

function filesOf(folder: string): Record<string, number> {
  const sizes: Record<string, number> = {}
  for (const entry of readdirSync(folder, { recursive: true, withFileTypes: true })) {
    if (!entry.isFile() || entry.name === MANIFEST) continue
    const path = join(entry.parentPath, entry.name)
    sizes[path.slice(folder.length + 1)] = statSync(path).size
  }
  return sizes
}

/** Whether every file of a finished download is there with its size. */
export function isComplete(folder: string): boolean {
  let manifest: string
  try {
    manifest = readFileSync(join(folder, MANIFEST), 'utf8')
  } catch (error) {
    if (codeOf(error) === 'ENOENT') return false
    throw error
  }
  const expected = manifestSchema.parse(JSON.parse(manifest))
  return Object.entries(expected).every(
    ([name, size]) => statSync(join(folder, name), { throwIfNoEntry: false })?.size === size,
  )
}

/** Shows one line on stderr; on a terminal it changes in place. */
function progressLine(title: string): { update: (text: string) => void; end: (text: string) => void } {
  const terminal = process.stderr.isTTY
  process.stderr.write(terminal ? `downloading ${title}` : `downloading ${title}\n`)
  return {
    update: (text) => {
      if (terminal) process.stderr.write(`\r\u001b[Kdownloading ${title}: ${text}`)
    },
    end: (text) => {
      process.stderr.write(terminal ? `\r\u001b[K${title}: ${text}\n` : `${title}: ${text}\n`)
    },
  }
}

/** Deletes what runners that are no more left half done. */
function removeStalePartials(cacheDir: string): void {
  for (const name of readdirSync(cacheDir)) {
    const pid = /\.partial-(\d+)$/.exec(name)?.[1]
    if (pid === undefined || startTicksOf(Number(pid)) !== undefined) continue
    rmSync(join(cacheDir, name), { recursive: true, force: true })
  }
}

/** Fetches under way in this process, by folder: three brokers that start at once want the same jars. */
const fetching = new Map<string, Promise<void>>()

/** The folder of an artifact in the cache, fetched now if it isn't there. Throws `StackError`. */
export async function ensureArtifact(cacheDir: string, artifact: Artifact): Promise<string> {
  const folder = join(cacheDir, artifact.folder)
  if (isComplete(folder)) return folder
  const underWay = fetching.get(folder) ?? fetchInto(folder, cacheDir, artifact)
  fetching.set(folder, underWay)
  try {
    await underWay
  } finally {
    fetching.delete(folder)
  }
  return folder
}

async function fetchInto(folder: string, cacheDir: string, artifact: Artifact): Promise<void> {
  removeStalePartials(cacheDir)
  const startedMs = performance.now()
  const progress = progressLine(artifact.title)
  const partial = join(cacheDir, `${artifact.folder}.partial-${process.pid}`)
  rmSync(partial, { recursive: true, force: true })
  mkdirSync(partial, { recursive: true })
  try {
    await artifact.fetch(partial, progress.update)
    writeFileSync(join(partial, MANIFEST), JSON.stringify(filesOf(partial)))
    // Another stack that shares this cache may have been quicker.
    if (!isComplete(folder)) {
      rmSync(folder, { recursive: true, force: true })
      renameSync(partial, folder)
    }
    progress.end(`downloaded in ${((performance.now() - startedMs) / 1000).toFixed(1)} s`)
  } catch (error) {
    progress.end('failed')
    throw error
  } finally {
    rmSync(partial, { recursive: true, force: true })
  }
}

/** Runs Maven and counts the files it fetches. Throws `StackError` with Maven's own first error line. */
async function runMaven(
  args: readonly string[],
  cwd: string,
  progress: (line: string) => void,
): Promise<void> {
  const maven = spawn('mvn', ['-B', ...args], { cwd, stdio: ['ignore', 'pipe', 'pipe'] })
  let output = ''
  let files = 0
  const onData = (chunk: Buffer): void => {
    output += chunk.toString()
    files += chunk.toString().split('Downloaded from').length - 1
    progress(`${files} files`)
  }
  maven.stdout.on('data', onData)
  maven.stderr.on('data', onData)
  const code = await new Promise<number | null>((resolve, reject) => {
    maven.once('error', (error) => {
      reject(
        codeOf(error) === 'ENOENT'
          ? new StackError('There is no Maven (mvn) on the PATH: install it (Debian: maven).')
          : error,
      )
    })
    maven.once('close', resolve)
  })
  if (code === 0) return
  const firstError = output.split('\n').find((line) => line.includes('ERROR'))
  throw new StackError(
    `Maven could not download (${firstError?.trim() ?? `exit code ${code}`}): check the network, then run it again.`,
  )
}

/** Copies one file `group:artifact:version:type:classifier` into `target`. */
export async function mavenCopy(
  coordinates: string,
  target: string,
  progress: (line: string) => void,
): Promise<void> {
  await runMaven(
    [`${COPY_PLUGIN}:copy`, `-Dartifact=${coordinates}`, `-DoutputDirectory=${target}`],
    target,
    progress,
  )
}

/** Copies libraries with everything that they need at run time into `target`. */
export async function mavenCopyWithDependencies(
  coordinates: readonly string[],
  target: string,
  progress: (line: string) => void,
): Promise<void> {
  const dependencies = coordinates.map((text) => {
    const [group, name, version] = text.split(':')
    return `<dependency><groupId>${group}</groupId><artifactId>${name}</artifactId><version>${version}</version></dependency>`
  })
  const pom = `<project xmlns="http://maven.apache.org/POM/4.0.0"><modelVersion>4.0.0</modelVersion>
<groupId>stakestream</groupId><artifactId>stack</artifactId><version>1</version><packaging>pom</packaging>
<dependencies>${dependencies.join('')}</dependencies></project>`
  const pomPath = join(target, 'pom.xml')
  writeFileSync(pomPath, pom)
  await runMaven(
    [`${COPY_PLUGIN}:copy-dependencies`, `-DoutputDirectory=${target}`, '-DincludeScope=runtime'],
    target,
    progress,
  )
  rmSync(pomPath)
}

/** Runs a program to its end. Throws `StackError` with what it wrote, or `missingHelp` when it isn't installed. */
export async function runProgram(
  file: string,
  args: readonly string[],
  cwd: string,
  missingHelp: string,
): Promise<void> {
  const child = spawn(file, [...args], { cwd, stdio: ['ignore', 'pipe', 'pipe'] })
  let output = ''
  child.stdout.on('data', (chunk: Buffer) => (output += chunk.toString()))
  child.stderr.on('data', (chunk: Buffer) => (output += chunk.toString()))
  const code = await new Promise<number | null>((resolve, reject) => {
    child.once('error', (error) => {
      reject(codeOf(error) === 'ENOENT' ? new StackError(missingHelp) : error)
    })
    child.once('close', resolve)
  })
  if (code !== 0) throw new StackError(`${file} ${args.join(' ')} failed: ${output.trim().slice(-500)}`)
}
