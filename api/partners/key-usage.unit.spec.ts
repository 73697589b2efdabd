import { expect, it } from 'vitest'
import type { ApiKeyUse } from '../../avro/types.ts'
import { createKeyUsage } from './key-usage.ts'

const credential = (keyId: string) => ({ keyId, partnerId: 'p', scopes: new Set<never>() })

it('tells each issued key once, with its last use; what could not be told is told next time', async () => {
  const told: (readonly ApiKeyUse[])[] = []
  let failing = true
  const usage = createKeyUsage({
    isIssued: (keyId) => keyId !== 'configured',
    tell: (uses) => (failing ? Promise.reject(new Error('down')) : Promise.resolve(void told.push(uses))),
  })
  await usage.flush()
  for (const [keyId, nowMs] of [
    ['a', 1],
    ['configured', 2],
    ['a', 3],
    ['b', 4],
  ] as const)
    usage.note(credential(keyId), nowMs)
  await expect(usage.flush()).rejects.toThrow('down')
  usage.note(credential('b'), 9)
  failing = false
  await usage.flush()
  await usage.flush()
  const uses = new Map(told.flat().map(({ key_id, last_used_at }) => [key_id, last_used_at]))
  expect([told.length, told.flat().length]).toEqual([1, 2])
  expect(uses).toEqual(
    new Map([
      ['a', 3],
      ['b', 9],
    ]),
  )
})
