/** What `failover positions` does on a mirror is tried by `npm run drill:mirror`; here, that it leaves a cluster alone that is in use. */
import { expect, it } from 'vitest'
import { startCli } from '../tests/support/e2e.ts'

it('positions are refused where tasks have run', async () => {
  const { code, stdout, stderr } = await startCli(['failover', 'positions']).ended
  expect([code, stdout]).toEqual([1, ''])
  expect(stderr).toContain('NOT_A_NEW_MIRROR')
})
