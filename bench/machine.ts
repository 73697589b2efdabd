/** The particulars of the machine and of what runs on it: figures mean nothing without them. */
import { execFile } from 'node:child_process'
import { existsSync, readdirSync } from 'node:fs'
import { cpus, loadavg, release, totalmem, type as systemName } from 'node:os'
import { join } from 'node:path'
import { promisify } from 'node:util'
import type { Stack } from '../stack/stack.ts'

const run = promisify(execFile)

export interface Machine {
  cpu: string
  cores: number
  memoryMb: number
  kernel: string
  node: string
  kafka: string
  java: string
  commit: string
  /** Load over the last minute before the run: who else was using the machine. */
  loadBefore: number
}

async function firstLine(file: string, args: readonly string[], cwd: string): Promise<string> {
  try {
    const { stdout, stderr } = await run(file, [...args], { cwd })
    return `${stdout}${stderr}`.split('\n')[0]?.trim() ?? ''
  } catch {
    return ''
  }
}

/** The version in the name of the broker's jar; known once the stack has been up. */
function kafkaVersion({ cacheDir }: Stack): string {
  for (const folder of existsSync(cacheDir) ? readdirSync(cacheDir) : []) {
    const match = /^kafka-([\d.]+)$/.exec(folder)
    if (
      match?.[1] !== undefined &&
      readdirSync(join(cacheDir, folder)).some((name) => name.startsWith('kafka_'))
    )
      return match[1]
  }
  return 'unknown'
}

async function commitOf(rootDir: string): Promise<string> {
  const commit = await firstLine('git', ['rev-parse', 'HEAD'], rootDir)
  if (commit === '') return 'unknown'
  const changed = await firstLine('git', ['status', '--porcelain', '--untracked-files=no'], rootDir)
  return changed === '' ? commit : `${commit} with local changes`
}

export async function describeMachine(stack: Stack): Promise<Machine> {
  const processors = cpus()
  const [java, commit] = await Promise.all([
    firstLine('java', ['-version'], stack.rootDir),
    commitOf(stack.rootDir),
  ])
  return {
    cpu: processors[0]?.model ?? 'unknown',
    cores: processors.length,
    memoryMb: Math.round(totalmem() / 2 ** 20),
    kernel: `${systemName()} ${release()}`,
    node: process.version,
    kafka: kafkaVersion(stack),
    java: java === '' ? 'none' : java,
    commit,
    loadBefore: loadavg()[0] ?? 0,
  }
}
