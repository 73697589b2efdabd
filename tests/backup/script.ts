/** The scripts of `deploy/backup`, run as an operator runs them. */
import { spawnSync } from 'node:child_process'
import { resolve } from 'node:path'

export const BACKUP_SCRIPTS = resolve(import.meta.dirname, '../../deploy/backup')

/** Runs a script to its end, and answers what it printed. Throws with what it wrote where it fails. */
export function runScript(
  name: string,
  args: readonly string[],
  env: Readonly<Record<string, string>> = {},
): string {
  const { status, stdout, stderr, error } = spawnSync(`${BACKUP_SCRIPTS}/${name}`, args, {
    encoding: 'utf8',
    env: { ...process.env, ...env },
  })
  if (error !== undefined) throw error
  if (status !== 0) throw new Error(`${name} ended with ${status}: ${stderr}${stdout}`)
  return stdout.trim()
}

/** Whether a program is on the PATH of this machine. */
export const isInstalled = (program: string): boolean =>
  spawnSync('sh', ['-c', `command -v ${program}`], { stdio: 'ignore' }).status === 0
