import { beforeAll, beforeEach, describe, expect, it } from 'vitest'
import { ACTIVE_KEYS_MAX, OPEN_KEYS_MAX } from './limits.ts'
import type { PartnersCodecs } from './logic.ts'
import {
  Bench,
  DAY_MS,
  OTHER_PARTNER_ID,
  PARTNER_ID,
  START_MS,
  create,
  deactivate,
  issue,
  newKey,
  rotate,
  testCodecs,
  testUuid,
  update,
} from './testing/fixtures.ts'

const KEY = newKey(1)
const NEXT = newKey(2)
const OVERLAP_MS = START_MS + DAY_MS

let codecs: PartnersCodecs
let bench: Bench
beforeAll(async () => {
  codecs = await testCodecs()
})
beforeEach(() => {
  bench = new Bench(codecs)
  bench.send(create())
})

const REFUSED = { outcome: 'REFUSED', after: null, version: null }
/** Issues keys with these numbers. */
function fill(from: number, count: number, expiresAt: number | null = null): void {
  for (let number = from; number < from + count; number++)
    expect(bench.send(issue(newKey(number, { expires_at: expiresAt }))).outcome).toBe('APPLIED')
}

describe('ISSUE_KEY', () => {
  it('makes an active key', () => {
    expect(bench.send(issue(KEY))).toMatchObject({ outcome: 'APPLIED', subject_id: KEY.key_id, version: 1 })
    expect(bench.key(KEY.key_id)).toMatchObject({
      ...KEY,
      partner_id: PARTNER_ID,
      status: 'active',
      replaced_by: null,
      version: 1,
      created_at: START_MS + 2,
      updated_at: START_MS + 2,
      command_id: testUuid(2),
    })
  })

  it('refuses where there is no such partner', () => {
    expect(bench.send(issue(KEY, OTHER_PARTNER_ID))).toMatchObject({
      ...REFUSED,
      error_code: 'PARTNER_NOT_FOUND',
    })
  })

  it('refuses an inactive partner, but not a suspended one', () => {
    bench.send(update(1, { status: 'inactive' }))
    expect(bench.send(issue(KEY))).toMatchObject({ ...REFUSED, error_code: 'PARTNER_NOT_ACTIVE' })
    bench.send(update(2, { status: 'suspended' }))
    expect(bench.send(issue(KEY)).outcome).toBe('APPLIED')
  })

  it('refuses a prefix or an id that is there, whosever it is', () => {
    bench.send(create({}, OTHER_PARTNER_ID))
    bench.send(issue(KEY, OTHER_PARTNER_ID))
    const samePrefix = newKey(3, { key_prefix: KEY.key_prefix })
    expect(bench.send(issue(samePrefix))).toMatchObject({ ...REFUSED, error_code: 'API_KEY_PREFIX_TAKEN' })
    const sameId = newKey(3, { key_id: KEY.key_id })
    const entry = bench.send(issue(sameId))
    expect(entry).toMatchObject({ ...REFUSED, error_code: 'API_KEY_PREFIX_TAKEN', before: null })
    expect(bench.key(KEY.key_id).partner_id).toBe(OTHER_PARTNER_ID)
  })

  it('shows the key that is there where it is the same partner’s', () => {
    bench.send(issue(KEY))
    expect(bench.send(issue(KEY)).before).toContain(KEY.key_prefix)
  })
})

describe('the limit of active keys', () => {
  beforeEach(() => fill(100, ACTIVE_KEYS_MAX))

  it('refuses one more', () => {
    expect(bench.send(issue(KEY))).toMatchObject({ ...REFUSED, error_code: 'API_KEY_LIMIT_REACHED' })
  })

  it('is for each partner', () => {
    bench.send(create({}, OTHER_PARTNER_ID))
    expect(bench.send(issue(KEY, OTHER_PARTNER_ID)).outcome).toBe('APPLIED')
  })

  it('does not count keys that are deactivated', () => {
    bench.send(deactivate(newKey(100).key_id))
    expect(bench.send(issue(KEY)).outcome).toBe('APPLIED')
    expect(bench.send(issue(NEXT)).error_code).toBe('API_KEY_LIMIT_REACHED')
  })

  it('does not count a rotated key whose time is over, and does count one whose overlap lasts', () => {
    bench.send(rotate(newKey(100).key_id, KEY, bench.nowMs + 1))
    expect(bench.send(issue(NEXT)).error_code).toBe('API_KEY_LIMIT_REACHED')
    bench.send(deactivate(newKey(101).key_id))
    bench.send(rotate(newKey(102).key_id, NEXT, OVERLAP_MS))
    expect(bench.send(issue(newKey(3))).error_code).toBe('API_KEY_LIMIT_REACHED')
    bench.nowMs = OVERLAP_MS
    expect(bench.send(issue(newKey(3))).outcome).toBe('APPLIED')
  })

  it('lets every key be rotated with an overlap, but no chain of rotations without an end', () => {
    for (let number = 100; number < 100 + ACTIVE_KEYS_MAX; number++)
      expect(bench.send(rotate(newKey(number).key_id, newKey(number + 100), OVERLAP_MS)).outcome).toBe(
        'APPLIED',
      )
    expect(bench.state.openKeys(PARTNER_ID, bench.nowMs)).toBe(OPEN_KEYS_MAX)
    expect(bench.send(rotate(newKey(200).key_id, newKey(300), OVERLAP_MS))).toMatchObject({
      ...REFUSED,
      error_code: 'API_KEY_LIMIT_REACHED',
    })
    expect(bench.send(rotate(newKey(200).key_id, newKey(300), START_MS)).outcome).toBe('APPLIED')
  })
})

describe('keys with an end', () => {
  it('count up to it', () => {
    fill(100, ACTIVE_KEYS_MAX, OVERLAP_MS)
    bench.nowMs = OVERLAP_MS - 2
    expect(bench.send(issue(KEY)).error_code).toBe('API_KEY_LIMIT_REACHED')
    expect(bench.send(issue(KEY)).outcome).toBe('APPLIED')
  })
})

describe('ROTATE_KEY', () => {
  beforeEach(() => void bench.send(issue(KEY)))

  it('issues a key and gives the old one its end', () => {
    const entry = bench.send(rotate(KEY.key_id, NEXT, OVERLAP_MS))
    expect(entry).toMatchObject({ outcome: 'APPLIED', subject_id: KEY.key_id, version: 2 })
    expect(bench.key(KEY.key_id)).toMatchObject({
      ...KEY,
      status: 'active',
      expires_at: OVERLAP_MS,
      replaced_by: NEXT.key_id,
      version: 2,
      created_at: START_MS + 2,
      updated_at: START_MS + 3,
      command_id: testUuid(3),
    })
    expect(bench.key(NEXT.key_id)).toMatchObject({ ...NEXT, status: 'active', version: 1 })
    expect(JSON.parse(entry.after ?? '')).toMatchObject({ key_id: KEY.key_id, replaced_by: NEXT.key_id })
  })

  it('leaves an end that comes sooner', () => {
    bench.send(issue(newKey(3, { expires_at: START_MS + 50 })))
    bench.send(rotate(newKey(3).key_id, NEXT, OVERLAP_MS))
    expect(bench.key(newKey(3).key_id).expires_at).toBe(START_MS + 50)
  })

  it("refuses a key that is not there or another partner's, and shows nothing of it", () => {
    bench.send(create({}, OTHER_PARTNER_ID))
    const missing = { ...REFUSED, error_code: 'API_KEY_NOT_FOUND', before: null }
    expect(bench.send(rotate(newKey(9).key_id, NEXT, OVERLAP_MS))).toMatchObject(missing)
    expect(bench.send(rotate(KEY.key_id, NEXT, OVERLAP_MS, OTHER_PARTNER_ID))).toMatchObject(missing)
  })

  it('refuses one that is deactivated, expired or replaced', () => {
    const refused = { ...REFUSED, error_code: 'API_KEY_NOT_ACTIVE' }
    bench.send(issue(newKey(3)))
    bench.send(deactivate(newKey(3).key_id))
    expect(bench.send(rotate(newKey(3).key_id, newKey(4), OVERLAP_MS))).toMatchObject(refused)
    bench.send(issue(newKey(5, { expires_at: bench.nowMs + 2 })))
    expect(bench.send(rotate(newKey(5).key_id, newKey(6), OVERLAP_MS))).toMatchObject(refused)
    bench.send(rotate(KEY.key_id, NEXT, OVERLAP_MS))
    expect(bench.send(rotate(KEY.key_id, newKey(7), OVERLAP_MS))).toMatchObject(refused)
    expect(bench.state.key(newKey(7).key_id)).toBeUndefined()
  })

  it('refuses a prefix that is there, its own among them', () => {
    expect(
      bench.send(rotate(KEY.key_id, newKey(3, { key_prefix: KEY.key_prefix }), OVERLAP_MS)),
    ).toMatchObject({ ...REFUSED, error_code: 'API_KEY_PREFIX_TAKEN' })
    expect(bench.key(KEY.key_id).version).toBe(1)
  })
})

describe('DEACTIVATE_KEY', () => {
  beforeEach(() => void bench.send(issue(KEY)))

  it('ends a key for good', () => {
    expect(bench.send(deactivate(KEY.key_id))).toMatchObject({ outcome: 'APPLIED', version: 2 })
    expect(bench.key(KEY.key_id)).toMatchObject({ status: 'inactive', version: 2, command_id: testUuid(3) })
    expect(bench.send(deactivate(KEY.key_id))).toMatchObject({ ...REFUSED, error_code: 'API_KEY_NOT_ACTIVE' })
  })

  it('also ends one whose time is over', () => {
    bench.send(issue(newKey(3, { expires_at: START_MS })))
    expect(bench.send(deactivate(newKey(3).key_id)).outcome).toBe('APPLIED')
  })

  it("refuses a key that is not there or another partner's", () => {
    bench.send(create({}, OTHER_PARTNER_ID))
    expect(bench.send(deactivate(newKey(9).key_id)).error_code).toBe('API_KEY_NOT_FOUND')
    expect(bench.send(deactivate(KEY.key_id, OTHER_PARTNER_ID)).error_code).toBe('API_KEY_NOT_FOUND')
    expect(bench.key(KEY.key_id).status).toBe('active')
  })
})
