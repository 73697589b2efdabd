import { describe, expect, it } from 'vitest'
import { ApiError } from '../problem.ts'
import { layChange } from './lay-change.ts'

/** Lays a change over versions that rise with each read; so many tries are overtaken. */
async function lay(overtaken: number, expected?: number): Promise<number[]> {
  const submitted: number[] = []
  let version = 0
  const submit = (before: { version: number }): Promise<void> => {
    submitted.push(before.version)
    return submitted.length > overtaken ? Promise.resolve() : Promise.reject(new ApiError('VERSION_CONFLICT'))
  }
  await layChange(expected, () => ({ version: ++version }), submit).catch((error: unknown) => {
    if (!(error instanceof ApiError)) throw error
    submitted.push(-1)
  })
  return submitted
}

describe('a change', () => {
  it('is laid over the newer version where someone was quicker, three times at the most', async () => {
    expect(await lay(0)).toEqual([1])
    expect(await lay(2)).toEqual([1, 2, 3])
    expect(await lay(3)).toEqual([1, 2, 3, -1])
  })

  it('of a version that the caller named is laid over that one alone', async () => {
    expect(await lay(0, 1)).toEqual([1])
    expect(await lay(1, 1)).toEqual([1, -1])
    expect(await lay(0, 2)).toEqual([-1])
  })

  it('that is refused for another reason is not tried again', async () => {
    const tries: number[] = []
    const refuse = ({ version }: { version: number }): Promise<void> => {
      tries.push(version)
      return Promise.reject(new ApiError('RATE_IN_FORCE'))
    }
    await expect(layChange(undefined, () => ({ version: 7 }), refuse)).rejects.toMatchObject({
      code: 'RATE_IN_FORCE',
    })
    expect(tries).toEqual([7])
  })
})
