/** What is set up before the first fault, on a machine that may be too busy to answer in time. */

/** Nobody knows whether it was done. */
export class NotAnsweredError extends Error {
  override name = 'NotAnsweredError'
}

const TRIES_MAX = 10

/** Sets something up anew until it is answered: each try has to stand apart from the one before. */
export async function untilAnswered<T>(setUp: () => Promise<T>): Promise<T> {
  for (let left = TRIES_MAX - 1; ; left--)
    try {
      return await setUp()
    } catch (error) {
      if (!(error instanceof NotAnsweredError) || left === 0) throw error
    }
}
