/** Programs of a Debian package: the system's own, else the package, which apt fetches and which is unpacked into the cache. */
import { spawnSync } from 'node:child_process'
import { mkdirSync, readdirSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { ensureArtifact, runProgram, type Artifact } from './download.ts'
import { messageOf, StackError } from './errors.ts'

export interface DebianPrograms<Name extends string> {
  /** The package's name. */
  readonly package: string
  /** What a person reads while waiting, with the size. */
  readonly title: string
  /** What is taken out of its /usr/bin. */
  readonly programs: readonly Name[]
  /**
   * A folder whose files the programs read. Nobody but root can put it into its place: its files come to lie beside the
   * programs, which read them from the folder in which they are started.
   */
  readonly reads?: string
}

type Wanted = DebianPrograms<string>

const installHelp = ({ package: name, programs }: Wanted): string =>
  `install the package ${name} (Debian, Ubuntu), or put ${programs.join(' and ')} on the PATH.`

/** Asks apt for the package. Needs no rights: the lists of packages are fetched into the folder where the machine has none. */
async function download(wanted: Wanted, target: string, progress: (line: string) => void): Promise<void> {
  const apt = (...args: string[]): Promise<void> =>
    runProgram('apt-get', args, target, `There is no apt-get here: ${installHelp(wanted)}`)
  try {
    await apt('download', wanted.package)
  } catch {
    progress('the lists of packages')
    const lists = join(target, 'lists')
    const archives = join(target, 'cache')
    for (const folder of [lists, join(archives, 'archives')])
      mkdirSync(join(folder, 'partial'), { recursive: true })
    const own = ['-o', `Dir::State::lists=${lists}`, '-o', `Dir::Cache=${archives}`]
    await apt(...own, 'update')
    await apt(...own, 'download', wanted.package)
  }
}

/** Has a program read from where it is started: the folder's path in it becomes one of the same length that means just that. */
function readHere(program: string, folder: string): void {
  const here = './'.repeat(folder.length).slice(0, folder.length)
  const bytes = readFileSync(program)
  for (let at = bytes.indexOf(folder); at !== -1; at = bytes.indexOf(folder, at)) bytes.write(here, at)
  writeFileSync(program, bytes)
}

/** Lays out in `target` what is wanted of the package that is unpacked there, and nothing else. */
function layOut({ programs, reads }: Wanted, target: string): void {
  const unpacked = join(target, 'unpacked')
  const kept = new Set(programs)
  for (const name of programs) renameSync(join(unpacked, 'usr/bin', name), join(target, name))
  if (reads !== undefined) {
    for (const entry of readdirSync(join(unpacked, reads), { withFileTypes: true })) {
      if (!entry.isFile()) continue
      kept.add(entry.name)
      renameSync(join(unpacked, reads, entry.name), join(target, entry.name))
    }
    for (const name of programs) readHere(join(target, name), reads)
  }
  for (const name of readdirSync(target)) if (!kept.has(name)) rmSync(join(target, name), { recursive: true })
}

const artifactOf = (wanted: Wanted): Artifact => ({
  folder: `${wanted.package}-debian`,
  title: wanted.title,
  fetch: async (target, progress) => {
    await download(wanted, target, progress)
    const help = installHelp(wanted)
    const found = readdirSync(target).find((name) => name.endsWith('.deb'))
    if (found === undefined) throw new StackError(`apt-get brought no package: ${help}`)
    await runProgram('dpkg-deb', ['-x', found, 'unpacked'], target, `There is no dpkg-deb here: ${help}`)
    layOut(wanted, target)
  },
})

const runs = (program: string): boolean => spawnSync(program, ['--version'], { stdio: 'ignore' }).status === 0

/** What to run for each program. Throws `StackError` where there are none and none can be fetched. */
export async function debianPrograms<Name extends string>(
  cacheDir: string,
  wanted: DebianPrograms<Name>,
): Promise<(name: Name) => string> {
  if (wanted.programs.every(runs)) return (name) => name
  mkdirSync(cacheDir, { recursive: true })
  let folder: string
  try {
    folder = await ensureArtifact(cacheDir, artifactOf(wanted))
  } catch (error) {
    throw new StackError(`${wanted.package} can't be fetched (${messageOf(error)})`)
  }
  if (wanted.programs.every((name) => runs(join(folder, name)))) return (name) => join(folder, name)
  throw new StackError(`The fetched ${wanted.package} can't run here (${folder}): ${installHelp(wanted)}`)
}
