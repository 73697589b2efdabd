/** Helm and kubeconform: the machine's own, else built by Go into the cache; and Go modules for the files in them. */
import { execFile, spawnSync } from 'node:child_process'
import { existsSync } from 'node:fs'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { z } from 'zod'
import { ensureArtifact, isComplete } from '../stack/download.ts'
import { codeOf, messageOf, StackError } from '../stack/errors.ts'

export interface GoProgram {
  readonly name: string
  readonly package: string
  readonly version: string
  /** With which it says its version, and does nothing else. */
  readonly versionArgs: readonly string[]
}

export const HELM: GoProgram = {
  name: 'helm',
  package: 'helm.sh/helm/v3/cmd/helm',
  version: 'v3.18.6',
  versionArgs: ['version'],
}
export const KUBECONFORM: GoProgram = {
  name: 'kubeconform',
  package: 'github.com/yannh/kubeconform/cmd/kubeconform',
  version: 'v0.7.0',
  versionArgs: ['-v'],
}

/** Where Go lies that is not on the PATH. */
const GO_ELSEWHERE = '/usr/local/go/bin/go'
/** Most that a program may write, in bytes. */
const OUTPUT_BYTES_MAX = 64 * 1024 * 1024

const execute = promisify(execFile)

/** What a program wrote to stdout. Throws `StackError` with what it said where it failed. */
export async function outputOf(
  file: string,
  args: readonly string[],
  more: { cwd?: string; env?: NodeJS.ProcessEnv } = {},
): Promise<string> {
  try {
    const { stdout } = await execute(file, [...args], { ...more, maxBuffer: OUTPUT_BYTES_MAX })
    return stdout
  } catch (error) {
    if (codeOf(error) === 'ENOENT') throw new StackError(`There is no ${file} here.`)
    const { stdout = '', stderr = '' } = z
      .object({ stdout: z.string().optional(), stderr: z.string().optional() })
      .parse(error)
    throw new StackError(`${stdout}${stderr}`.trim() || messageOf(error))
  }
}

const runs = (file: string, args: readonly string[]): boolean =>
  spawnSync(file, [...args], { stdio: 'ignore' }).status === 0

const folderOf = ({ name, version }: GoProgram): string => `${name}-${version}`

/** The program, where the machine or the cache has it. */
export function foundProgram(cacheDir: string, program: GoProgram): string | undefined {
  if (runs(program.name, program.versionArgs)) return program.name
  const folder = join(cacheDir, folderOf(program))
  return isComplete(folder) ? join(folder, program.name) : undefined
}

function goCommand(): string {
  if (runs('go', ['version'])) return 'go'
  if (existsSync(GO_ELSEWHERE)) return GO_ELSEWHERE
  throw new StackError(
    'There is no Go here, to build helm and kubeconform: install it, or put them on the PATH.',
  )
}

/** The program, built now where it is nowhere. Throws `StackError`. */
export async function goProgram(cacheDir: string, program: GoProgram): Promise<string> {
  const found = foundProgram(cacheDir, program)
  if (found !== undefined) return found
  const go = goCommand()
  const folder = await ensureArtifact(cacheDir, {
    folder: folderOf(program),
    title: `${program.name} ${program.version}, built by Go (takes a minute or two)`,
    fetch: async (target) => {
      const env = { ...process.env, GOBIN: target }
      await outputOf(go, ['install', `${program.package}@${program.version}`], { cwd: target, env })
    },
  })
  return join(folder, program.name)
}

const downloaded = z.object({ Dir: z.string() })

/** The folder of a module's files, `path@version`. Throws `StackError`. */
export async function goModule(module: string, cwd: string): Promise<string> {
  const answer = await outputOf(goCommand(), ['mod', 'download', '-json', module], { cwd })
  return downloaded.parse(JSON.parse(answer)).Dir
}
