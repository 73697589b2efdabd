/** Prometheus and promtool, for tests and for whoever wants them: the system's own, else Debian's package, unpacked into the cache. */
import { spawnSync } from 'node:child_process'
import { mkdirSync, readdirSync, renameSync, rmSync } from 'node:fs'
import { join } from 'node:path'
import { ensureArtifact, runProgram, type Artifact } from './download.ts'
import { messageOf, StackError } from './errors.ts'

const PROGRAMS = ['prometheus', 'promtool'] as const
export type PrometheusPrograms = Readonly<Record<(typeof PROGRAMS)[number], string>>

const INSTALL = 'install the package prometheus (Debian, Ubuntu), or put prometheus and promtool on the PATH.'

/** Asks apt for the package. Needs no rights: the lists of packages are fetched into the folder where the machine has none. */
async function download(target: string, progress: (line: string) => void): Promise<void> {
  const apt = (...args: string[]): Promise<void> =>
    runProgram('apt-get', args, target, `There is no apt-get here: ${INSTALL}`)
  try {
    await apt('download', 'prometheus')
  } catch {
    progress('the lists of packages')
    const lists = join(target, 'lists')
    const archives = join(target, 'cache')
    for (const folder of [lists, join(archives, 'archives')])
      mkdirSync(join(folder, 'partial'), { recursive: true })
    const own = ['-o', `Dir::State::lists=${lists}`, '-o', `Dir::Cache=${archives}`]
    await apt(...own, 'update')
    await apt(...own, 'download', 'prometheus')
  }
}

const PACKAGE: Artifact = {
  folder: 'prometheus-debian',
  title: 'Prometheus (20 MB)',
  fetch: async (target, progress) => {
    await download(target, progress)
    const found = readdirSync(target).find((name) => name.endsWith('.deb'))
    if (found === undefined) throw new StackError(`apt-get brought no package: ${INSTALL}`)
    await runProgram('dpkg-deb', ['-x', found, 'unpacked'], target, `There is no dpkg-deb here: ${INSTALL}`)
    for (const name of PROGRAMS) renameSync(join(target, 'unpacked/usr/bin', name), join(target, name))
    for (const name of readdirSync(target))
      if (!PROGRAMS.some((kept) => kept === name)) rmSync(join(target, name), { recursive: true })
  },
}

const runs = (program: string): boolean => spawnSync(program, ['--version'], { stdio: 'ignore' }).status === 0

/** The programs to run. Throws `StackError` where there are none and none can be fetched. */
export async function prometheusPrograms(cacheDir: string): Promise<PrometheusPrograms> {
  if (PROGRAMS.every(runs)) return { prometheus: 'prometheus', promtool: 'promtool' }
  mkdirSync(cacheDir, { recursive: true })
  let folder: string
  try {
    folder = await ensureArtifact(cacheDir, PACKAGE)
  } catch (error) {
    throw new StackError(`Prometheus can't be fetched (${messageOf(error)})`)
  }
  const programs = { prometheus: join(folder, 'prometheus'), promtool: join(folder, 'promtool') }
  if (Object.values(programs).every(runs)) return programs
  throw new StackError(`The fetched Prometheus can't run here (${folder}): ${INSTALL}`)
}
