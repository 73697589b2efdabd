/** A change that is laid over what this instance knows of a partner, an endpoint or a game provider. */
import { ApiError } from '../problem.ts'

/** Times that a change is laid over a newer version, where the caller did not say which one it means. */
const TRIES_MAX = 3

/**
 * Lays a change over the newest version that is known here, again where someone was quicker; but only over the version that
 * the caller expects, where he says which. Throws VERSION_CONFLICT, and what `read` and `submit` throw.
 */
export async function layChange<T extends { version: number }>(
  expectedVersion: number | undefined,
  read: () => T,
  submit: (before: T) => Promise<unknown>,
): Promise<void> {
  for (let left = TRIES_MAX - 1; ; left--) {
    const before = read()
    if (expectedVersion !== undefined && expectedVersion !== before.version)
      throw new ApiError('VERSION_CONFLICT')
    try {
      await submit(before)
      return
    } catch (error) {
      const overtaken = error instanceof ApiError && error.code === 'VERSION_CONFLICT'
      if (!overtaken || expectedVersion !== undefined || left === 0) throw error
    }
  }
}
