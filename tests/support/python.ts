/** Tools of Python's that tests use: installed by pip into the cache beside node_modules, pinned. */
import { execFile } from 'node:child_process'
import { existsSync } from 'node:fs'
import { promisify } from 'node:util'

const INSTALL_TIMEOUT_MS = 300_000
const CACHE = new URL('../../node_modules/.cache/', import.meta.url).pathname
const OPTIONS = [
  '--quiet',
  '--disable-pip-version-check',
  '--no-input',
  '--no-deps',
  '--only-binary',
  ':all:',
] as const

const run = promisify(execFile)

export interface PythonPackages {
  /** For PYTHONPATH. */
  folder: string
  /** Why they are not there; undefined where they are. */
  missing: string | undefined
}

/**
 * Installs packages, all of them named with their versions, where they are not installed yet. `pip` names what is installed:
 * requirements, or `-r` and a file of them. `module` is looked for in the folder of this name afterwards.
 */
export async function pythonPackages(
  name: string,
  module: string,
  pip: readonly string[],
): Promise<PythonPackages> {
  const folder = CACHE + name
  if (existsSync(`${folder}/${module}`)) return { folder, missing: undefined }
  try {
    await run('python3', ['-m', 'pip', '--version'])
  } catch {
    return { folder, missing: 'this machine has no python3 with pip' }
  }
  try {
    await run('python3', ['-m', 'pip', 'install', ...OPTIONS, '--target', folder, ...pip], {
      timeout: INSTALL_TIMEOUT_MS,
    })
    return { folder, missing: undefined }
  } catch (error) {
    return { folder, missing: `pip can't install ${name}: ${String(error).split('\n')[0]}` }
  }
}
