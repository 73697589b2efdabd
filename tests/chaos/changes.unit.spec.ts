import { describe, expect, it } from 'vitest'
import { checkChanges } from './changes.ts'
import type { Change } from './changes.ts'

const issue = (change: Partial<Change> = {}): Change => ({
  action: 'ISSUE_KEY',
  requestId: 'r-1',
  keyId: 'k-1',
  outcome: 'acknowledged',
  ...change,
})
const revoke = (change: Partial<Change> = {}): Change =>
  issue({ action: 'DEACTIVATE_KEY', requestId: 'r-2', ...change })
const entry = (requestId: string, outcome = 'APPLIED') => ({ requestId, action: 'x', outcome })
const INACTIVE = [{ id: 'k-1', status: 'inactive' }]
const ACTIVE = [{ id: 'k-1', status: 'active' }]
const FINE = { lost: [], doubled: [], violations: [] }

describe('the record of an operator', () => {
  it('is fine where each acknowledged change is there once and in force', () => {
    const changes = [issue(), revoke(), issue({ requestId: 'r-3', keyId: undefined, outcome: 'unknown' })]
    expect(checkChanges(changes, [entry('r-1'), entry('r-2')], INACTIVE)).toEqual({
      acknowledged: 2,
      ...FINE,
    })
    expect(checkChanges(changes, [entry('r-1'), entry('r-2'), entry('r-3')], INACTIVE)).toMatchObject(FINE)
    expect(checkChanges([issue()], [entry('r-1')], ACTIVE)).toMatchObject(FINE)
  })

  it('shows what is lost, doubled, or happened though it was rejected', () => {
    expect(checkChanges([issue()], [entry('r-1', 'REFUSED')], ACTIVE).lost).toHaveLength(1)
    expect(checkChanges([issue()], [entry('r-1'), entry('r-1')], ACTIVE).doubled).toHaveLength(1)
    const rejected = [issue({ outcome: 'rejected' })]
    expect(checkChanges(rejected, [entry('r-1')], ACTIVE).violations).toHaveLength(1)
  })

  it('shows a key that is not as it was answered', () => {
    const trail = [entry('r-1'), entry('r-2')]
    expect(checkChanges([issue(), revoke()], trail, ACTIVE).violations).toHaveLength(1)
    expect(checkChanges([issue()], trail, INACTIVE).violations).toHaveLength(1)
    expect(checkChanges([issue()], trail, []).violations).toHaveLength(1)
    // Nobody knows whether it was revoked.
    expect(checkChanges([issue(), revoke({ outcome: 'unknown' })], trail, ACTIVE)).toMatchObject(FINE)
  })
})
