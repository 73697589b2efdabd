/** Programs that a test runs, or why there are none here. */
import { StackError } from '../../stack/errors.ts'
import { stackFrom } from '../../stack/stack.ts'

export type Had<T> = { programs: T; missing?: never } | { programs?: never; missing: string }

/** Downloading a package, on a machine that has none, in milliseconds. */
export const DOWNLOAD_TIMEOUT_MS = 180_000

export async function hadOrMissing<T>(find: (cacheDir: string) => Promise<T>): Promise<Had<T>> {
  try {
    return { programs: await find(stackFrom(process.env).cacheDir) }
  } catch (error) {
    if (!(error instanceof StackError)) throw error
    return { missing: error.message }
  }
}
