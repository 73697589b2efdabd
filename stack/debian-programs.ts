/** Programs of a Debian package: the system's own, else the package, which apt fetches and which is unpacked into the cache. */
import { spawnSync } from 'node:child_process'
import { mkdirSync, readdirSync, renameSync, rmSync } from 'node:fs'
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

const artifactOf = (wanted: Wanted): Artifact => ({
  folder: `${wanted.package}-debian`,
  title: wanted.title,
  fetch: async (target, progress) => {
    await download(wanted, target, progress)
    const help = installHelp(wanted)
    const found = readdirSync(target).find((name) => name.endsWith('.deb'))
    if (found === undefined) throw new StackError(`apt-get brought no package: ${help}`)
    await runProgram('dpkg-deb', ['-x', found, 'unpacked'], target, `There is no dpkg-deb here: ${help}`)
    for (const name of wanted.programs) renameSync(join(target, 'unpacked/usr/bin', name), join(target, name))
    for (const name of readdirSync(target))
      if (!wanted.programs.includes(name)) rmSync(join(target, name), { recursive: true })
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
